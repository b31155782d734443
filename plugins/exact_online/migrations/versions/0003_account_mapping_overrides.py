"""Manual account mapping made in the web page: read by dbt over the seed, with author, time and undo."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"

OVERRIDES = """
create table exact_ops.account_mapping_overrides (
    override_id bigint generated always as identity primary key,
    environment text not null,
    division_code integer not null,
    account_code text not null,
    axis text check (axis in ('cost_center', 'cost_unit', 'project')),
    axis_code text,
    reporting_line_code text not null,
    valid_from date,
    valid_to date,
    author text not null,
    comment text,
    created_at timestamptz not null default now(),
    removed_at timestamptz,
    removed_by text,
    replaced_by bigint references exact_ops.account_mapping_overrides on delete set null,
    check ((axis is null) = (axis_code is null)),
    check (valid_from is null or valid_to is null or valid_from <= valid_to)
);
create unique index on exact_ops.account_mapping_overrides
    (environment, division_code, account_code, axis, axis_code, valid_from) nulls not distinct
    where removed_at is null;
comment on table exact_ops.account_mapping_overrides is
    'Manual account mapping; rows with removed_at are history. The first rule of the precedence.';
"""


def upgrade() -> None:
    op.execute(OVERRIDES)


def downgrade() -> None:
    op.execute("drop table exact_ops.account_mapping_overrides")
