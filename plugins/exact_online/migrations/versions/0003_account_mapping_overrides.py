"""Manual account mapping, one row per decision: made by a person, undone by withdrawing it, never deleted."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"

OVERRIDES = """
create table exact_ops.account_mapping_overrides (
    override_id bigint generated always as identity primary key,
    environment text not null,
    division_code integer not null,
    account_code text not null check (account_code <> '' and account_code = btrim(account_code)),
    axis text check (axis in ('cost_center', 'cost_unit', 'project')),
    axis_code text check (axis_code <> '' and axis_code = btrim(axis_code)),
    reporting_line_code text not null,
    valid_from date,
    valid_to date,
    comment text,
    author text not null,
    created_at timestamptz not null default now(),
    withdrawn_at timestamptz,
    withdrawn_by text,
    check ((axis is null) = (axis_code is null)),
    check (valid_from <= valid_to),
    check ((withdrawn_at is null) = (withdrawn_by is null))
);
create index on exact_ops.account_mapping_overrides (environment, division_code, account_code);
comment on table exact_ops.account_mapping_overrides is
    'Which reporting line a person gave an account. Keyed as Exact names it, so that it outlives a reconnection. '
    'A changed decision is the old row withdrawn and a new one; the marts read rows that are not withdrawn.';
comment on column exact_ops.account_mapping_overrides.account_code is 'Without the padding Exact sends.';
comment on column exact_ops.account_mapping_overrides.axis is 'Limits the row to lines with one value; null = all.';
comment on column exact_ops.account_mapping_overrides.valid_from is 'First day of entries it holds for; null = always.';
comment on column exact_ops.account_mapping_overrides.valid_to is 'Last day of entries it holds for; null = still.';
"""


def upgrade() -> None:
    op.execute(OVERRIDES)


def downgrade() -> None:
    op.execute("drop table exact_ops.account_mapping_overrides")
