"""Puts the sandbox's books into exact_raw and the load log, as an import leaves them, without HTTP.

Encodes rows with the sandbox's own writer; shares no code with the plugin.
"""

from __future__ import annotations

import tomllib
from datetime import date
from typing import Any

import psycopg

from sandbox.encode import RowWriter
from sandbox.schema import entities
from tests.dbt.project import ROOT

TODAY = date(2026, 11, 23)
LOADED_AT = f"{TODAY} 05:00:00+00"
ENDPOINTS = tomllib.loads((ROOT / "plugins/exact_online/catalogue.toml").read_text(encoding="utf-8"))["endpoints"]

_MERGE = """
merge into exact_raw.{table} as stored using incoming on stored.administration_id = %(id)s and stored.id = incoming.id
when matched and (stored.deleted_at is not null or stored.payload::text <> incoming.payload::text) then update set
    payload = incoming.payload, sync_timestamp = incoming.sync_timestamp, loaded_at = clock_timestamp(),
    load_id = %(load)s, deleted_at = null
when not matched then insert (administration_id, id, payload, sync_timestamp, load_id)
    values (%(id)s, incoming.id, incoming.payload, incoming.sync_timestamp, %(load)s)
"""
_SWEEP = """
update exact_raw.{table} as stored set deleted_at = clock_timestamp(), loaded_at = clock_timestamp(), load_id = %(load)s
where administration_id = %(id)s and deleted_at is null
  and not exists (select from incoming where incoming.id = stored.id)
"""


def register(connection: psycopg.Connection, books: Any) -> int:
    """Add the administration to the registry, never imported."""
    division = books.division
    (administration_id,) = connection.execute(
        "insert into exact_ops.administrations (environment, division_code, name, currency_code, country_code, "
        "legislation, is_connected) values ('nl', %s, %s, %s, %s, %s, true) returning administration_id",
        (
            books.code,
            division["Description"],
            division["Currency"],
            division["Country"].strip(),
            division["Legislation"].strip(),
        ),
    ).fetchone()
    return administration_id


def load(connection: psycopg.Connection, administration_id: int, books: Any) -> None:
    """Bring raw up to date with the books: new, changed and deleted rows, one load-log row per endpoint."""
    for endpoint in ENDPOINTS:
        with connection.transaction():
            _load_endpoint(connection, administration_id, endpoint, books)
    connection.execute(
        "update exact_ops.administrations set status = 'succeeded', last_succeeded_at = %s "
        "where administration_id = %s",
        (LOADED_AT, administration_id),
    )


def _load_endpoint(connection: psycopg.Connection, administration_id: int, endpoint: dict, books: Any) -> None:
    path = endpoint["path"].replace("{division}/", "")
    rows = list(books.tables[path].values()) if path in books.tables else books.derived(path, TODAY)
    outcome = "skipped" if rows is None else "succeeded"
    rows = rows or []
    writer = RowWriter(entities()[path], tuple(endpoint["select"].split()), f"http://exact.test/api/v1/{path}")
    (load_id,) = connection.execute(
        "insert into exact_ops.loads (administration_id, endpoint, data_set, run_id, kind, outcome, rows_read, "
        "finished_at) values (%s, %s, %s, 'test', %s, %s, %s, %s) returning load_id",
        (administration_id, endpoint["name"], endpoint["data_set"], endpoint["kind"], outcome, len(rows), LOADED_AT),
    ).fetchone()
    connection.execute("create temporary table incoming (id text, payload json, sync_timestamp bigint) on commit drop")
    with connection.cursor().copy("copy incoming from stdin") as copy:
        for row in rows:
            key = "|".join(str(row[field]) for field in endpoint["key"])
            copy.write_row((key, writer.write(row), row.get("Timestamp")))
    for statement in (_MERGE, _SWEEP):
        connection.execute(statement.format(table=endpoint["name"]), {"id": administration_id, "load": load_id})
