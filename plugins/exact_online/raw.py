"""Writes pages into exact_raw: rows, watermark and load-log row commit together, or nothing does.

Knows PostgreSQL and no HTTP. One table per endpoint of the catalogue, all with the same columns. Rows are never
removed here: what Exact deleted keeps its last payload and gets a `deleted_at`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import NamedTuple

import psycopg
from psycopg import sql

from exact_online import catalogue
from exact_online.catalogue import Endpoint
from exact_online.errors import AdministrationUnavailable
from exact_online.warehouse import one_row

log = logging.getLogger(__name__)


class Row(NamedTuple):
    """One row as the loader sees it: its id, its row version if any, its JSON text.

    `as_sent` is Exact's own text where it differs from `payload`, because no database text can hold it.
    """

    id: str
    sync_timestamp: int | None
    payload: bytes
    as_sent: bytes | None = None


@dataclass
class Counts:
    """What a load did so far; the names are columns of exact_ops.loads."""

    pages: int = 0
    calls: int = 0
    rows_read: int = 0
    rows_inserted: int = 0
    rows_updated: int = 0
    rows_deleted: int = 0
    rows_unchanged: int = 0
    bytes: int = 0


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
#: loaded_at is when the row changed here, so clock_timestamp(). `xmax = 0` tells an insert from an update.
_MERGE = """
insert into exact_raw.{table} as t (administration_id, id, payload, sync_timestamp, load_id)
select %(administration_id)s, i.id, i.payload, i.sync_timestamp, %(load_id)s from incoming as i
on conflict (administration_id, id) do update set
    payload = excluded.payload, sync_timestamp = excluded.sync_timestamp, loaded_at = clock_timestamp(),
    load_id = excluded.load_id, deleted_at = null
where {newer}
returning (t.xmax = 0)
"""
_NEWER_VERSION = sql.SQL("excluded.sync_timestamp > t.sync_timestamp")
#: json has no equality; its text is kept as sent, so that is what we compare.
_ANOTHER_TEXT = sql.SQL("(t.deleted_at is not null or t.payload::text <> excluded.payload::text)")
_NOT_OLDER = sql.SQL("{} or (excluded.sync_timestamp = t.sync_timestamp and {})").format(_NEWER_VERSION, _ANOTHER_TEXT)

#: What Exact sent to the letter, where raw had to replace a character. One row per row of raw, the newest.
_QUARANTINE = """
insert into exact_ops.quarantine (administration_id, endpoint, id, payload, load_id)
values (%(administration_id)s, %(endpoint)s, %(id)s, %(payload)s, %(load_id)s)
on conflict (administration_id, endpoint, id) do update
set payload = excluded.payload, load_id = excluded.load_id, quarantined_at = now()
"""
_SWEEP = """
update exact_raw.{table} as t set deleted_at = clock_timestamp(), loaded_at = clock_timestamp(), load_id = %(load_id)s
where t.administration_id = %(administration_id)s and t.deleted_at is null and {slice}
  and not exists (select from seen where seen.id = t.id)
"""
_APPLY_DELETIONS = """
update exact_raw.{table} as t set deleted_at = clock_timestamp(), loaded_at = clock_timestamp(), load_id = %(load_id)s
from exact_raw.deletions as d
where d.administration_id = %(administration_id)s and (d.payload ->> 'EntityType')::int = %(deleted_type)s
  and t.administration_id = d.administration_id and t.id = lower(d.payload ->> 'EntityKey')
  and t.deleted_at is null and t.sync_timestamp <= d.sync_timestamp
"""


def table_definitions() -> Iterable[sql.Composed]:
    """Return the statement that makes the raw table of each endpoint."""
    return [sql.SQL(_TABLE).format(table=sql.Identifier(name)) for name in catalogue.endpoints()]


class Load:
    """One pass over one endpoint (or one slice of it) for one administration; leaves one row in the load log.

    :param connection: in autocommit mode: every method opens and commits a transaction of its own.
    :param run_id: groups the loads of one DAG run.
    :param slice_: the field and value a partial read is limited to, e.g. ("ReportingYear", "2026").
    """

    def __init__(
        self,
        connection: psycopg.Connection,
        administration_id: int,
        endpoint: Endpoint,
        run_id: str,
        slice_: tuple[str, str] | None = None,
    ) -> None:
        self.endpoint = endpoint
        self.counts = Counts()
        self._connection = connection
        self._slice = slice_
        self._table = sql.Identifier(endpoint.name)
        self._key = {"administration_id": administration_id, "endpoint": endpoint.name}
        self._watermark_from = self.watermark()
        (load_id,) = one_row(
            connection,
            "insert into exact_ops.loads (administration_id, endpoint, data_set, run_id, kind, slice, watermark_from) "
            "values (%s, %s, %s, %s, %s, %s, %s) returning load_id",
            (
                *self._key.values(),
                endpoint.data_set,
                run_id,
                endpoint.kind,
                slice_[1] if slice_ else None,
                self._watermark_from,
            ),
        )
        self._ids = {"load_id": load_id, "administration_id": administration_id}
        connection.execute(
            "create temporary table if not exists incoming (id text, sync_timestamp bigint, payload json) "
            "on commit delete rows"
        )
        connection.execute("create temporary table if not exists seen (id text)")
        connection.execute("truncate seen")

    def watermark(self) -> int | None:
        """Return the highest row version stored, or None before the first page."""
        found = self._connection.execute(
            "select watermark from exact_ops.watermarks "
            "where administration_id = %(administration_id)s and endpoint = %(endpoint)s",
            self._key,
        ).fetchone()
        return found[0] if found else None

    def live_rows(self) -> int:
        """Return how many rows of this endpoint (and slice) are stored and not deleted."""
        statement = sql.SQL(
            "select count(*) from exact_raw.{table} as t where administration_id = %(administration_id)s "
            "and deleted_at is null and {slice}"
        ).format(table=self._table, slice=self._slice_condition())
        return one_row(self._connection, statement, self._ids)[0]

    def write_page(self, rows: list[Row], calls: int, size_bytes: int, watermark: int | None, keep_ids: bool) -> None:
        """Store one page and everything that depends on it in one transaction.

        :param watermark: the new watermark, or None to leave it; it is only ever set by the caller's proof.
        :param keep_ids: remember the ids for `sweep`.
        """
        with self._connection.transaction():
            self._require_connected()
            inserted, updated = self._merge(rows, keep_ids) if rows else (0, 0)
            self._quarantine(rows)
            if watermark is not None:
                self._set_watermark(watermark)
            counts = self.counts
            counts.pages += 1
            counts.calls += calls
            counts.bytes += size_bytes
            counts.rows_read += len(rows)
            counts.rows_inserted += inserted
            counts.rows_updated += updated
            counts.rows_unchanged += len(rows) - inserted - updated
            self._log({})

    def sweep(self) -> None:
        """Mark as deleted what is stored but was in no page of this load."""
        with self._connection.transaction():
            self._require_connected()
            self._connection.execute("analyze seen")
            statement = sql.SQL(_SWEEP).format(table=self._table, slice=self._slice_condition())
            self.counts.rows_deleted += self._connection.execute(statement, self._ids).rowcount
            self._log({})

    def apply_deletions(self) -> None:
        """Mark as deleted what the stored delete log names, unless a newer version of the row is stored."""
        with self._connection.transaction():
            self._require_connected()
            for endpoint in catalogue.endpoints().values():
                if endpoint.deleted_type is not None:
                    statement = sql.SQL(_APPLY_DELETIONS).format(table=sql.Identifier(endpoint.name))
                    values = {**self._ids, "deleted_type": endpoint.deleted_type}
                    self.counts.rows_deleted += self._connection.execute(statement, values).rowcount
            self._log({})

    def forget_watermark(self) -> None:
        """Void the watermark, so that the stream is read from its beginning."""
        self._connection.execute(
            "delete from exact_ops.watermarks where administration_id = %(administration_id)s "
            "and endpoint = %(endpoint)s",
            self._key,
        )

    def finish(self, outcome: str, error: Exception | None = None) -> None:
        """Close the load-log row. Call it once, whatever happened."""
        values = {
            "outcome": outcome,
            "watermark_to": self.watermark() if self.endpoint.is_sync else None,
            "error_class": type(error).__name__ if error else None,
            "error_message": str(error)[:1000] if error else None,
        }
        self._log(values, finished=True)

    def _merge(self, rows: list[Row], keep_ids: bool) -> tuple[int, int]:
        newest: dict[str, Row] = {}
        for row in rows:
            known = newest.get(row.id)
            if known is None or (row.sync_timestamp or 0) >= (known.sync_timestamp or 0):
                newest[row.id] = row
        with self._connection.cursor() as cursor:
            with cursor.copy("copy incoming (id, sync_timestamp, payload) from stdin") as copy:
                for row in newest.values():
                    copy.write_row((row.id, row.sync_timestamp, row.payload.decode()))
            if keep_ids:
                cursor.execute("insert into seen select id from incoming")
            cursor.execute(sql.SQL(_MERGE).format(table=self._table, newer=self._guard(keep_ids)), self._ids)
            inserted = [is_insert for (is_insert,) in cursor.fetchall()]
        return inserted.count(True), inserted.count(False)

    def _quarantine(self, rows: list[Row]) -> None:
        """Keep the text as sent of rows that hold a character no database text can."""
        for row in rows:
            if row.as_sent is not None:
                log.warning(
                    "%s: row %s holds a character that PostgreSQL cannot store (NUL or half of a pair); it is replaced "
                    "by U+FFFD, and exact_ops.quarantine keeps the text as sent",
                    self.endpoint.name,
                    row.id,
                )
                values = {**self._key, **self._ids, "id": row.id, "payload": row.as_sent.decode()}
                self._connection.execute(_QUARANTINE, values)

    def _guard(self, whole_stream: bool) -> sql.Composable:
        """An older version never overwrites a newer one; a full re-read also mends what has the same version."""
        if not self.endpoint.is_sync:
            return _ANOTHER_TEXT
        return _NOT_OLDER if whole_stream else _NEWER_VERSION

    def _require_connected(self) -> None:
        """Hold off a disconnect or purge until this page is in, and refuse the page after one."""
        found = self._connection.execute(
            "select is_connected from exact_ops.administrations where administration_id = %(administration_id)s "
            "for share",
            self._ids,
        ).fetchone()
        if not found or not found[0]:
            raise AdministrationUnavailable("the administration was disconnected; its import stops", "not_found")

    def _set_watermark(self, watermark: int) -> None:
        self._connection.execute(
            "insert into exact_ops.watermarks (administration_id, endpoint, watermark) "
            "values (%(administration_id)s, %(endpoint)s, %(watermark)s) "
            "on conflict (administration_id, endpoint) do update "
            "set watermark = excluded.watermark, updated_at = now()",
            {**self._key, "watermark": watermark},
        )

    def _slice_condition(self) -> sql.Composable:
        if self._slice is None:
            return sql.SQL("true")
        return sql.SQL("t.payload ->> {field} = {value}").format(
            field=sql.Literal(self._slice[0]), value=sql.Literal(self._slice[1])
        )

    def _log(self, values: dict, finished: bool = False) -> None:
        values = {**{field.name: getattr(self.counts, field.name) for field in fields(Counts)}, **values}
        assignments: list[sql.Composable] = [
            sql.SQL("{} = {}").format(sql.Identifier(n), sql.Placeholder(n)) for n in values
        ]
        if finished:
            assignments.append(sql.SQL("finished_at = clock_timestamp()"))
        statement = sql.SQL("update exact_ops.loads set {} where load_id = %(load_id)s")
        self._connection.execute(statement.format(sql.SQL(", ").join(assignments)), {**values, **self._ids})
