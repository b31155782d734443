"""What makes a copy provably complete: passes that go on after a crash, periods to compare, findings, receipts."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"

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

PASSES = """
create table exact_ops.passes (
    administration_id integer not null references exact_ops.administrations on delete cascade,
    endpoint text not null,
    slice text not null default '',
    run_id text not null,
    kind text not null check (kind in ('delta', 'since', 'full')),
    next_link text not null,
    highest bigint not null,
    first_page_highest bigint not null,
    is_ordered boolean not null,
    updated_at timestamptz not null default now(),
    primary key (administration_id, endpoint, slice)
);
comment on table exact_ops.passes is
    'Readings that have begun and not ended: where each goes on, and what it has proved of its order.';

create table exact_ops.seen_ids (
    administration_id integer not null references exact_ops.administrations on delete cascade,
    endpoint text not null,
    slice text not null default '',
    id text not null,
    primary key (administration_id, endpoint, slice, id)
);
comment on table exact_ops.seen_ids is 'What a full reading under way has brought; the rest is deleted at its end.';

create table exact_ops.full_reads_due (
    administration_id integer not null references exact_ops.administrations on delete cascade,
    endpoint text not null,
    reason text not null,
    since timestamptz not null default now(),
    primary key (administration_id, endpoint)
);
comment on table exact_ops.full_reads_due is 'Endpoints whose next reading must be a full one, until it has ended.';
"""

MOVES = """
alter table exact_ops.administrations
    add column moved_on text,
    add column hr_linked_on text,
    add column epoch_load_id bigint not null default 0;
comment on column exact_ops.administrations.moved_on is
    'DivisionMoveDate as sent: when it changes, so do all row versions.';
comment on column exact_ops.administrations.hr_linked_on is 'DivisionHRLinkUnlinkDate as sent: as moved_on.';
comment on column exact_ops.administrations.epoch_load_id is
    'The first load after Exact numbered all row versions anew; versions from before it compare with none after.';
"""

LOADS = """
alter table exact_ops.loads
    add column rows_expected bigint,
    add column seconds numeric generated always as (round(extract(epoch from finished_at - started_at), 3)) stored;
comment on column exact_ops.loads.rows_expected is 'How many rows Exact said there are, where it was asked.';
"""

PERIODS = """
create table exact_ops.touched_periods (
    administration_id integer not null references exact_ops.administrations on delete cascade,
    fiscal_year integer not null,
    fiscal_period integer not null,
    load_id bigint not null,
    primary key (administration_id, fiscal_year, fiscal_period)
);
comment on table exact_ops.touched_periods is
    'Every fiscal period that ledger lines stand in or stood in, with the load that last changed one of them.';
"""

FINDINGS = """
create table exact_ops.observed_fields (
    administration_id integer not null references exact_ops.administrations on delete cascade,
    endpoint text not null,
    field text not null,
    json_type text not null,
    primary key (administration_id, endpoint, field)
);
comment on table exact_ops.observed_fields is 'The fields Exact has sent so far, and what kind of value each holds.';

create table exact_ops.schema_findings (
    administration_id integer not null references exact_ops.administrations on delete cascade,
    endpoint text not null,
    field text not null,
    finding text not null check (finding in ('new', 'missing', 'type changed')),
    detail text not null,
    load_id bigint not null,
    found_at timestamptz not null default now(),
    primary key (administration_id, endpoint, field, finding)
);
comment on table exact_ops.schema_findings is 'Fields that came, went, or changed their type, each told once.';
"""

RECONCILIATIONS = """
create table exact_ops.reconciliations (
    administration_id integer not null references exact_ops.administrations on delete cascade,
    subject text not null,
    compared_at timestamptz not null default now(),
    run_id text not null,
    differences integer not null,
    healed_by text check (healed_by in ('reading again', 'reloading')),
    primary key (administration_id, subject)
);
comment on table exact_ops.reconciliations is
    'The last comparison with Exact''s own figures per subject: a fiscal year, receivables, payables, entries.';

create table exact_ops.reconciliation_differences (
    administration_id integer not null,
    subject text not null,
    item text not null,
    exact_amount numeric,
    exact_count integer,
    stored_amount numeric,
    stored_count integer,
    foreign key (administration_id, subject) references exact_ops.reconciliations on delete cascade,
    primary key (administration_id, subject, item)
);
comment on table exact_ops.reconciliation_differences is 'What remained different after healing, with both figures.';
"""

REMOVALS = """
create table exact_ops.removals (
    removal_id bigint generated always as identity primary key,
    administration_id integer not null,
    environment text not null,
    division_code integer not null,
    name text not null,
    is_purged boolean not null,
    rows_removed bigint not null,
    removed_by text,
    removed_at timestamptz not null default now(),
    closed_at timestamptz
);
comment on table exact_ops.removals is
    'The receipt of each removal; of a purge it closes when the marts were built without the administration.';
"""


def upgrade() -> None:
    for statements in (QUARANTINE, PASSES, MOVES, LOADS, PERIODS, FINDINGS, RECONCILIATIONS, REMOVALS):
        op.execute(statements)


def downgrade() -> None:
    op.execute("alter table exact_ops.loads drop column rows_expected, drop column seconds")
    op.execute(
        "alter table exact_ops.administrations drop column moved_on, drop column hr_linked_on, "
        "drop column epoch_load_id"
    )
    tables = (
        *("removals", "reconciliation_differences", "reconciliations", "schema_findings", "observed_fields"),
        *("touched_periods", "full_reads_due", "seen_ids", "passes", "quarantine"),
    )
    for table in tables:
        op.execute(f"drop table exact_ops.{table}")
