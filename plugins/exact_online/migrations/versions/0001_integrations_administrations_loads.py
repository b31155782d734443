"""Integrations with their encrypted grant, administrations, budgets, watermarks, load log; schema exact_raw."""

from __future__ import annotations

from alembic import op

revision = "0001"
down_revision = None

INTEGRATIONS = """
create table exact_ops.integrations (
    integration_id integer generated always as identity primary key,
    environment text not null,
    base_url text not null,
    client_id text not null,
    client_secret_ciphertext bytea not null,
    redirect_uri text not null,
    user_id text,
    user_name text,
    home_division integer,
    state text not null check (state in ('connected', 'reconnect_required', 'disconnected')),
    state_reason text,
    state_since timestamptz not null default now(),
    token_ciphertext bytea,
    token_issued_at timestamptz,
    created_at timestamptz not null default now(),
    unique (base_url, client_id, user_id)
);
comment on table exact_ops.integrations is
    'One OAuth grant: an environment, one Exact user, our app registration. Tokens and secret are encrypted.';

create table exact_ops.pending_connections (
    state_hash text primary key,
    environment text not null,
    base_url text not null,
    client_id text not null,
    client_secret_ciphertext bytea not null,
    redirect_uri text not null,
    created_at timestamptz not null default now()
);
comment on table exact_ops.pending_connections is 'Logins that were started and not yet finished; single use.';
"""

ADMINISTRATIONS = """
create table exact_ops.administrations (
    administration_id integer generated always as identity primary key,
    integration_id integer references exact_ops.integrations on delete set null,
    environment text not null,
    division_code integer not null,
    name text not null,
    currency_code text,
    country_code text,
    legislation text,
    status text not null default 'waiting' check (status in
        ('waiting', 'in_progress', 'succeeded', 'failed', 'not_found', 'no_access', 'archived', 'blocked')),
    status_reason text,
    is_connected boolean not null,
    connected_at timestamptz not null default now(),
    started_on date,
    last_succeeded_at timestamptz,
    unique (environment, division_code)
);
comment on table exact_ops.administrations is 'One set of books (Exact: division); one DAG each while is_connected.';
"""

LOADS = """
create table exact_ops.watermarks (
    administration_id integer not null references exact_ops.administrations on delete cascade,
    endpoint text not null,
    watermark bigint not null,
    updated_at timestamptz not null default now(),
    primary key (administration_id, endpoint)
);
comment on table exact_ops.watermarks is 'The highest sync Timestamp stored. It comes from data, never from a clock.';

create table exact_ops.loads (
    load_id bigint generated always as identity primary key,
    administration_id integer not null references exact_ops.administrations on delete cascade,
    endpoint text not null,
    data_set text not null,
    run_id text not null,
    kind text not null check (kind in ('sync', 'snapshot')),
    slice text,
    started_at timestamptz not null default now(),
    finished_at timestamptz,
    outcome text not null default 'running' check (outcome in ('running', 'succeeded', 'failed', 'skipped')),
    pages integer not null default 0,
    calls integer not null default 0,
    rows_read integer not null default 0,
    rows_inserted integer not null default 0,
    rows_updated integer not null default 0,
    rows_deleted integer not null default 0,
    rows_unchanged integer not null default 0,
    bytes bigint not null default 0,
    watermark_from bigint,
    watermark_to bigint,
    error_class text,
    error_message text
);
create index on exact_ops.loads (administration_id, endpoint, load_id);
create index on exact_ops.loads (run_id);
comment on table exact_ops.loads is 'The load log: one row per pass over one endpoint for one administration.';
comment on column exact_ops.loads.slice is 'What part was read, e.g. 2026 for one fiscal year; null = all of it.';
"""

BUDGETS = """
create table exact_ops.call_budgets (
    client_id text not null,
    division_code integer not null,
    minute_started_at timestamptz not null,
    minute_used integer not null,
    minute_allowed integer not null default 60,
    day_started_at timestamptz not null,
    day_used integer not null,
    day_allowed integer not null default 5000,
    primary key (client_id, division_code)
);
comment on table exact_ops.call_budgets is
    'Calls used in Exact''s clock minute and UTC day, per app and administration, shared by all processes.';
"""

MART_BUILDS = """
create table exact_ops.mart_builds (
    build_id bigint generated always as identity primary key,
    run_id text not null unique,
    built_from text not null,
    started_at timestamptz not null default now(),
    finished_at timestamptz
);
comment on table exact_ops.mart_builds is 'One row per build of the marts, with a digest of what it was built from.';
"""


def upgrade() -> None:
    op.execute("create schema if not exists exact_raw")
    for statements in (INTEGRATIONS, ADMINISTRATIONS, LOADS, BUDGETS, MART_BUILDS):
        op.execute(statements)


def downgrade() -> None:
    tables = (
        "mart_builds",
        "call_budgets",
        "loads",
        "watermarks",
        "administrations",
        "pending_connections",
        "integrations",
    )
    for table in tables:
        op.execute(f"drop table exact_ops.{table}")
