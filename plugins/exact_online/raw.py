"""The tables of exact_raw: pages in, sweeps, deletions. Every method joins the caller's transaction.

Knows PostgreSQL and no HTTP. One table per endpoint of the catalogue, all with the same columns. Rows are never
removed here: what Exact deleted keeps its last payload and gets a `deleted_at`.
"""

from __future__ import annotations

import logging
from typing import Any, Literal, NamedTuple

import psycopg
from psycopg import sql

from exact_online import catalogue, incoming
from exact_online.catalogue import Endpoint
from exact_online.incoming import Period, Row
from exact_online.warehouse import one_row

log = logging.getLogger(__name__)

#: Which incoming row replaces the stored one.
Guard = Literal["newer version", "not older", "another text", "another content"]


class Slice(NamedTuple):
    """The part of an endpoint a reading is limited to: `field` has `value`, for every pair."""

    pairs: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        return "/".join(value for _, value in self.pairs)


#: loaded_at is when the row changed here, so clock_timestamp(). `xmax = 0` tells an insert from an update. A row
#: without a version (it came by a reload) keeps the version it had.
_MERGE = """
insert into exact_raw.{table} as t (administration_id, id, payload, sync_timestamp, load_id)
select %(administration_id)s, i.id, i.payload, i.sync_timestamp, %(load_id)s from incoming as i
on conflict (administration_id, id) do update set
    payload = excluded.payload, sync_timestamp = coalesce(excluded.sync_timestamp, t.sync_timestamp),
    loaded_at = clock_timestamp(), load_id = excluded.load_id, deleted_at = null
where {guard}
returning (t.xmax = 0) as is_insert
"""
_COUNT_MERGED = "with merged as ({merge}) select count(*) filter (where is_insert), count(*) from merged"
#: A version from before Exact numbered all anew (the epoch) compares with none; one that is unknown is older.
_NEWER = "(excluded.sync_timestamp > t.sync_timestamp or t.sync_timestamp is null or t.load_id < %(epoch)s)"
#: json has no equality; its text is kept as sent, so that is what we compare.
_ANOTHER_TEXT = "(t.deleted_at is not null or t.payload::text <> excluded.payload::text)"
_GUARDS: dict[Guard, str] = {
    "newer version": _NEWER,
    "not older": f"{_NEWER} or (excluded.sync_timestamp = t.sync_timestamp and {_ANOTHER_TEXT})",
    "another text": _ANOTHER_TEXT,
    # of two services that send the same fields in texts of their own
    "another content": "(t.deleted_at is not null or t.payload::jsonb - '{{__metadata,Timestamp}}'::text[] "
    "<> excluded.payload::jsonb - '{{__metadata,Timestamp}}'::text[])",
}

_SWEEP = """
update exact_raw.{table} as t set deleted_at = clock_timestamp(), loaded_at = clock_timestamp(), load_id = %(load_id)s
where t.administration_id = %(administration_id)s and t.deleted_at is null and {slice}
  and not exists (
      select from exact_ops.seen_ids as seen
      where seen.administration_id = t.administration_id and seen.endpoint = %(endpoint)s
        and seen.slice = %(slice)s and seen.id = t.id)
returning {period}
"""
#: What the log of this load says was deleted, where the stored row is older than its deletion. A row that came by a
#: reload has no version: it was alive when it came, so only what was logged after it counts.
_APPLY_DELETIONS = """
update exact_raw.{table} as t set deleted_at = clock_timestamp(), loaded_at = clock_timestamp(), load_id = %(load_id)s
from exact_raw.deletions as d
where d.administration_id = %(administration_id)s and d.load_id = %(load_id)s
  and (d.payload ->> 'EntityType')::int = %(deleted_type)s
  and t.administration_id = d.administration_id and t.id = lower(d.payload ->> 'EntityKey')
  and t.deleted_at is null and t.load_id >= %(epoch)s
  and case when t.sync_timestamp is null then t.load_id < d.load_id else t.sync_timestamp <= d.sync_timestamp end
returning {period}
"""
#: What Exact sent to the letter, where raw had to replace a character. One row per row of raw, the newest.
_QUARANTINE = """
insert into exact_ops.quarantine (administration_id, endpoint, id, payload, load_id)
values (%(administration_id)s, %(endpoint)s, %(id)s, %(payload)s, %(load_id)s)
on conflict (administration_id, endpoint, id) do update
set payload = excluded.payload, load_id = excluded.load_id, quarantined_at = now()
"""
#: The offset keeps PostgreSQL, which knows nothing of a temporary table's rows, from joining the whole table to a page.
_PERIODS_OF_STORED = """
select distinct t.year, t.period
from incoming as i
cross join lateral (
    select (payload ->> {year})::int as year, (payload ->> {period})::int as period
    from exact_raw.{table}
    where administration_id = %(administration_id)s and id = i.id
    offset 0
) as t
where t.year is not null and t.period is not null
"""
_TOUCH = """
insert into exact_ops.touched_periods (administration_id, fiscal_year, fiscal_period, load_id)
values (%s, %s, %s, %s)
on conflict (administration_id, fiscal_year, fiscal_period) do update set load_id = excluded.load_id
"""


class RawTable:
    """The rows of one endpoint of one administration, changed by one load.

    :param epoch: the first load since Exact numbered all row versions anew.
    """

    def __init__(
        self,
        connection: psycopg.Connection,
        administration_id: int,
        endpoint: Endpoint,
        load_id: int,
        epoch: int,
        slice_: Slice | None = None,
    ) -> None:
        self._connection = connection
        self._endpoint = endpoint
        self._slice = slice_
        self._table = sql.Identifier(endpoint.name)
        self._values = {
            **{"administration_id": administration_id, "endpoint": endpoint.name, "load_id": load_id, "epoch": epoch},
            "slice": str(slice_ or ""),
        }
        self._is_empty = not one_row(
            connection,
            sql.SQL("select exists (select from exact_raw.{} where administration_id = %s)").format(self._table),
            (administration_id,),
        )[0]

    def live_rows(self) -> int:
        """Return how many rows of this endpoint (and slice) are stored and not deleted."""
        statement = sql.SQL(
            "select count(*) from exact_raw.{table} as t where administration_id = %(administration_id)s "
            "and deleted_at is null and {slice}"
        ).format(table=self._table, slice=self._slice_condition())
        return int(one_row(self._connection, statement, self._values)[0])

    def merge(self, rows: list[Row], guard: Guard) -> tuple[int, int]:
        """Store the rows of a page that are new or pass the guard; return (inserted, updated).

        The page stays in the temporary table `incoming` until the transaction ends, but for one of a first load.
        """
        newest = incoming.newest(rows)
        if self._is_empty and guard == "newer version" and self._copy_all_new(newest):
            self._touch({row.period for row in rows if row.period})
            self._quarantine(rows)
            return len(newest), 0
        self._copy(newest)
        touched = self._periods_of_stored() if self._endpoint.period and not self._is_empty else set()
        merge = sql.SQL(_MERGE).format(table=self._table, guard=sql.SQL(_GUARDS[guard]).format())
        statement = sql.SQL(_COUNT_MERGED).format(merge=merge)
        inserted, changed = one_row(self._connection, statement, self._values)
        if changed:
            self._touch(touched | {row.period for row in rows if row.period})
        self._quarantine(rows)
        return inserted, changed - inserted

    def sweep(self) -> int:
        """Mark as deleted what is stored but was not seen by the full pass; return how many rows."""
        return self._delete(self._endpoint, _SWEEP, {})

    def apply_deletions(self) -> int:
        """Mark as deleted what this load's page of the delete log names, in the table of each type; return how many."""
        return sum(
            self._delete(endpoint, _APPLY_DELETIONS, {"deleted_type": endpoint.deleted_type})
            for endpoint in catalogue.endpoints().values()
            if endpoint.deleted_type is not None
        )

    def _delete(self, endpoint: Endpoint, statement: str, values: dict[str, Any]) -> int:
        period: list[sql.Composable] = [
            sql.SQL("(t.payload ->> {})::int").format(sql.Literal(field)) for field in endpoint.period
        ]
        composed = sql.SQL(statement).format(
            table=sql.Identifier(endpoint.name),
            slice=self._slice_condition(),
            period=sql.SQL(", ").join(period or [sql.SQL("null")]),
        )
        periods = self._connection.execute(composed, {**self._values, **values}).fetchall()
        if endpoint.period:
            self._touch({(year, number) for year, number in periods if year is not None and number is not None})
        return len(periods)

    def _copy_all_new(self, rows: list[Row]) -> bool:
        """Copy rows straight into the table, as those of a first load can be; False where one is there already."""
        values = self._values
        statement = sql.SQL(
            "copy exact_raw.{} (administration_id, load_id, id, sync_timestamp, payload) from stdin"
        ).format(self._table)
        common = f"{values['administration_id']}\t{values['load_id']}\t".encode()
        try:
            with self._connection.transaction(), self._connection.cursor() as cursor, cursor.copy(statement) as copy:
                incoming.write(copy, rows, common)
        except psycopg.errors.UniqueViolation:
            return False
        return True

    def _copy(self, rows: list[Row]) -> None:
        with (
            self._connection.cursor() as cursor,
            cursor.copy("copy incoming (id, sync_timestamp, payload) from stdin") as copy,
        ):
            incoming.write(copy, rows)

    def _periods_of_stored(self) -> set[Period]:
        """Return the periods the incoming rows stood in until now: a line that moves changes two of them."""
        year, period = (sql.Literal(field) for field in self._endpoint.period)
        statement = sql.SQL(_PERIODS_OF_STORED).format(table=self._table, year=year, period=period)
        return {(year, period) for year, period in self._connection.execute(statement, self._values).fetchall()}

    def _touch(self, periods: set[Period]) -> None:
        if periods:
            values = self._values
            with self._connection.cursor() as cursor:
                cursor.executemany(
                    _TOUCH,
                    [(values["administration_id"], *period, values["load_id"]) for period in sorted(periods)],
                )

    def _quarantine(self, rows: list[Row]) -> None:
        """Keep the text as sent of rows that hold a character no database text can."""
        for row in rows:
            if row.as_sent is not None:
                log.warning(
                    "%s: row %s holds a character that PostgreSQL cannot store (NUL or half of a pair); it is replaced "
                    "by U+FFFD, and exact_ops.quarantine keeps the text as sent",
                    self._endpoint.name,
                    row.id,
                )
                self._connection.execute(_QUARANTINE, {**self._values, "id": row.id, "payload": row.as_sent.decode()})

    def _slice_condition(self) -> sql.Composable:
        conditions = [
            sql.SQL("t.payload ->> {} = {}").format(sql.Literal(field), sql.Literal(value))
            for field, value in (self._slice.pairs if self._slice else ())
        ]
        return sql.SQL(" and ").join(conditions) if conditions else sql.SQL("true")
