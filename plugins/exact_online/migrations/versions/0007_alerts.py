"""What is wrong and was told, and how old an administration's copy may get."""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"

ALERTS = """
create table exact_ops.alerts (
    alert_id bigint generated always as identity primary key,
    kind text not null check (kind in ('reconnect', 'idle', 'failed', 'stale', 'unreconciled', 'unmapped')),
    subject text not null,
    name text not null,
    reason text not null,
    opened_at timestamptz not null default now(),
    told_at timestamptz,
    closed_at timestamptz
);
create unique index on exact_ops.alerts (kind, subject) where closed_at is null;
comment on table exact_ops.alerts is
    'One row per thing that is or was wrong; open until it is no longer so. told_at: its message went out.';
comment on column exact_ops.alerts.subject is 'integration 1, or administration 1.';
"""

PROMISE = """
alter table exact_ops.administrations add column fresh_hours integer check (fresh_hours >= 0);
comment on column exact_ops.administrations.fresh_hours is
    'How old the last good import may get; null = what its schedule makes usual, 0 = as old as it likes.';
"""


def upgrade() -> None:
    op.execute(ALERTS)
    op.execute(PROMISE)


def downgrade() -> None:
    op.execute("alter table exact_ops.administrations drop column fresh_hours")
    op.execute("drop table exact_ops.alerts")
