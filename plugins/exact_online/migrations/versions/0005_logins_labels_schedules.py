"""Logins bound to a person, names and schedules of one's own."""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"

LOGINS = """
delete from exact_ops.pending_connections;
alter table exact_ops.pending_connections
    add column started_by text not null,
    add column integration_id integer references exact_ops.integrations on delete cascade;
comment on column exact_ops.pending_connections.started_by is 'Who may finish this login, and nobody else.';
"""

LABELS = """
alter table exact_ops.integrations add column label text;
comment on column exact_ops.integrations.label is 'A name of our own for this integration.';
alter table exact_ops.administrations
    add column label text,
    add column schedule text;
comment on column exact_ops.administrations.label is 'A name of our own; Exact''s stays in name.';
comment on column exact_ops.administrations.schedule is
    'When to import, as cron in Amsterdam time; null = nightly at a minute of its own.';
"""


def upgrade() -> None:
    for statements in (LOGINS, LABELS):
        op.execute(statements)


def downgrade() -> None:
    op.execute("alter table exact_ops.administrations drop column label, drop column schedule")
    op.execute("alter table exact_ops.integrations drop column label")
    op.execute("alter table exact_ops.pending_connections drop column started_by, drop column integration_id")
