"""Rows whose text no database can hold, as Exact sent them."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0002"

QUARANTINE = """
create table exact_ops.quarantine (
    administration_id integer not null references exact_ops.administrations on delete cascade,
    endpoint text not null,
    id text not null,
    payload text not null,
    load_id bigint not null,
    quarantined_at timestamptz not null default now(),
    primary key (administration_id, endpoint, id)
);
comment on table exact_ops.quarantine is
    'The text as sent of rows that hold a NUL or half of a surrogate pair; exact_raw has U+FFFD in its place.';
"""


def upgrade() -> None:
    op.execute(QUARANTINE)


def downgrade() -> None:
    op.execute("drop table exact_ops.quarantine")
