"""The load log: one row per pass over one endpoint for one administration, true while it runs and after it ended.

Postgres only; what is written joins the caller's transaction, so a row says what was committed with it.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import psycopg
from psycopg import sql

from exact_online.catalogue import Endpoint
from exact_online.warehouse import one_row


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


@dataclass(frozen=True)
class Loaded:
    """An endpoint, or a slice of one, that a run is done with; `is_read` is False where it was left out."""

    endpoint: str
    slice: str | None
    is_read: bool


class LoadLog:
    """The row of one load.

    :param run_id: groups the loads of one DAG run.
    :param slice_: what part is read, e.g. "2026" for one fiscal year; None = all of it.
    :param rows_expected: how many rows Exact said there are, where it was asked.
    """

    def __init__(
        self,
        connection: psycopg.Connection,
        administration_id: int,
        endpoint: Endpoint,
        run_id: str,
        slice_: str | None,
        watermark: int | None,
        rows_expected: int | None = None,
    ) -> None:
        self.counts = Counts()
        self._connection = connection
        _end_interrupted(connection, administration_id, endpoint.name)
        (self.load_id,) = one_row(
            connection,
            "insert into exact_ops.loads (administration_id, endpoint, data_set, run_id, kind, slice, watermark_from, "
            "rows_expected) values (%s, %s, %s, %s, %s, %s, %s, %s) returning load_id",
            (
                *(administration_id, endpoint.name, endpoint.data_set, run_id, endpoint.kind, slice_, watermark),
                rows_expected,
            ),
        )

    def save(self) -> None:
        """Write the counts as they are."""
        self._write({})

    def finish(self, outcome: str, watermark: int | None, error: Exception | None = None) -> None:
        """Close the row. Call it once, whatever happened."""
        self._write(
            {
                "outcome": outcome,
                "watermark_to": watermark,
                "error_class": type(error).__name__ if error else None,
                "error_message": str(error)[:1000] if error else None,
            },
            finished=True,
        )

    def _write(self, values: dict[str, Any], finished: bool = False) -> None:
        values = {**{field.name: getattr(self.counts, field.name) for field in fields(Counts)}, **values}
        assignments: list[sql.Composable] = [
            sql.SQL("{} = {}").format(sql.Identifier(n), sql.Placeholder(n)) for n in values
        ]
        if finished:
            assignments.append(sql.SQL("finished_at = clock_timestamp()"))
        statement = sql.SQL("update exact_ops.loads set {} where load_id = %(load_id)s")
        self._connection.execute(statement.format(sql.SQL(", ").join(assignments)), {**values, "load_id": self.load_id})


def _end_interrupted(connection: psycopg.Connection, administration_id: int, endpoint: str) -> None:
    """Close what a process that died left open: one administration's endpoint is loaded by one process at a time."""
    connection.execute(
        "update exact_ops.loads set outcome = 'failed', finished_at = clock_timestamp(), error_class = 'Interrupted', "
        "error_message = 'the process ended in the middle; the next load went on from its last page' "
        "where administration_id = %s and endpoint = %s and outcome = 'running'",
        (administration_id, endpoint),
    )


def done_in_run(connection: psycopg.Connection, administration_id: int, run_id: str, data_set: str) -> set[Loaded]:
    """Return what of a data set a run is done with: read well, or left out for good reason."""
    rows = connection.execute(
        "select distinct on (endpoint, slice) endpoint, slice, outcome from exact_ops.loads "
        "where administration_id = %s and run_id = %s and data_set = %s order by endpoint, slice, load_id desc",
        (administration_id, run_id, data_set),
    )
    return {
        Loaded(endpoint, slice_, outcome == "succeeded")
        for endpoint, slice_, outcome in rows
        if outcome in ("succeeded", "skipped")
    }


def left_out_in_run(connection: psycopg.Connection, administration_id: int, run_id: str) -> dict[str, list[str]]:
    """Return the endpoints per data set that Exact refused a run for want of a right or a module."""
    rows = connection.execute(
        "select data_set, array_agg(distinct endpoint order by endpoint) from exact_ops.loads "
        "where administration_id = %s and run_id = %s and outcome = 'skipped' group by data_set order by data_set",
        (administration_id, run_id),
    )
    return dict(rows.fetchall())


def has_succeeded(connection: psycopg.Connection, administration_id: int, endpoint: str) -> bool:
    """Return whether an endpoint was ever read to its end."""
    return bool(
        one_row(
            connection,
            "select exists (select from exact_ops.loads where administration_id = %s and endpoint = %s "
            "and outcome = 'succeeded')",
            (administration_id, endpoint),
        )[0]
    )


@dataclass(frozen=True)
class Done:
    """What one load of a run did."""

    endpoint: str
    outcome: str
    calls: int
    rows_read: int
    rows_changed: int


def newest(connection: psycopg.Connection) -> int:
    """Return the id of the load that began last, 0 before the first."""
    return int(one_row(connection, "select coalesce(max(load_id), 0) from exact_ops.loads")[0])


def done_after(
    connection: psycopg.Connection, load_id: int, administration_id: int, run_id: str, data_set: str
) -> list[Done]:
    """Return the loads of a data set that a run began after another load."""
    rows = connection.execute(
        "select endpoint, outcome, calls, rows_read, rows_inserted + rows_updated + rows_deleted from exact_ops.loads "
        "where administration_id = %s and run_id = %s and data_set = %s and load_id > %s order by load_id",
        (administration_id, run_id, data_set, load_id),
    )
    return [Done(*row) for row in rows]


def rows_of_run(connection: psycopg.Connection, administration_id: int, run_id: str) -> dict[str, int]:
    """Return what a run has read and changed in all, and how many calls it took."""
    read, changed, calls = one_row(
        connection,
        "select coalesce(sum(rows_read), 0), coalesce(sum(rows_inserted + rows_updated + rows_deleted), 0), "
        "coalesce(sum(calls), 0) from exact_ops.loads where administration_id = %s and run_id = %s",
        (administration_id, run_id),
    )
    return {"rows_read": int(read), "rows_changed": int(changed), "calls": int(calls)}
