"""The journal of token calls, the errors of endpoints within an hour, and even pacing of a spent minute."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"

TOKEN_CALLS = """
create table exact_ops.token_calls (
    token_call_id bigint generated always as identity primary key,
    integration_id integer not null references exact_ops.integrations on delete cascade,
    started_at timestamptz not null,
    finished_at timestamptz,
    outcome text not null default 'started' check (outcome in
        ('started', 'stored', 'too_early', 'refused', 'failed', 'lost')),
    detail text
);
create index on exact_ops.token_calls (integration_id, started_at);
comment on table exact_ops.token_calls is
    'One row per refresh, written before the call. One that stays started, or is lost, may have spent the token.';
"""

ERROR_BUDGETS = """
create table exact_ops.error_budgets (
    client_id text not null,
    division_code integer not null,
    endpoint text not null,
    errors_at timestamptz[] not null,
    last_status integer not null,
    last_reason text not null,
    primary key (client_id, division_code, endpoint)
);
comment on table exact_ops.error_budgets is
    'When an endpoint of an administration last refused a request: Exact blocks an app after ten within an hour.';
"""

PACING = """
alter table exact_ops.call_budgets add column full_minutes integer not null default 0;
comment on column exact_ops.call_budgets.full_minutes is
    'How many minutes before this one were used up without a pause; from the second on calls are spread evenly.';
"""


def upgrade() -> None:
    for statements in (TOKEN_CALLS, ERROR_BUDGETS, PACING):
        op.execute(statements)


def downgrade() -> None:
    op.execute("alter table exact_ops.call_budgets drop column full_minutes")
    op.execute("drop table exact_ops.error_budgets")
    op.execute("drop table exact_ops.token_calls")
