"""What the tables of exact_raw look like: one per endpoint of the catalogue, all with the same columns."""

from __future__ import annotations

from collections.abc import Iterable

from psycopg import sql

from exact_online import catalogue

_TABLE = """
create table if not exists exact_raw.{table} (
    administration_id integer not null,
    id text not null,
    payload json not null,
    sync_timestamp bigint,
    loaded_at timestamptz not null default now(),
    load_id bigint not null,
    deleted_at timestamptz,
    primary key (administration_id, id)
)
"""
#: The tables of which dbt stages only what loads since its last build brought.
_STAGED_BY_LOAD = ("transaction_lines", "payment_terms", "reporting_balances")
_INDEX = "create index if not exists {index} on exact_raw.{table} (load_id)"


def table_definitions() -> Iterable[sql.Composed]:
    """Return the statements that make the raw table of each endpoint, and its index; repeated, they change nothing."""
    made = [sql.SQL(_TABLE).format(table=sql.Identifier(name)) for name in catalogue.endpoints()]
    return made + [
        sql.SQL(_INDEX).format(index=sql.Identifier(f"{name}_load_id_idx"), table=sql.Identifier(name))
        for name in _STAGED_BY_LOAD
    ]
