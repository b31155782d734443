"""How integrations and administrations are doing, from exact_ops alone: the figures of the cards and of `status`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import class_row, dict_row

from exact_online import builds, catalogue, registry


@dataclass(frozen=True)
class Situation:
    """One administration as it stands now, with the figures of its newest run."""

    administration_id: int
    integration_id: int | None
    environment: str
    division_code: int
    name: str
    exact_name: str
    currency_code: str | None
    country_code: str | None
    is_connected: bool
    status: str
    status_reason: str | None
    schedule: str | None
    connected_at: datetime
    last_succeeded_at: datetime | None
    run_id: str | None
    run_started_at: datetime | None
    run_rows: int
    run_changed: int
    run_calls: int
    run_error: str | None
    endpoints_done: float
    rows_stored: int
    calls_today: int
    calls_allowed: int

    @property
    def dag_id(self) -> str:
        """The id of its DAG."""
        return f"exact_online_{self.environment}_{self.division_code}"


#: Rows stored are those read by the newest good load per endpoint and slice: counting the tables would read them all.
_SITUATIONS = """
select a.administration_id, a.integration_id, a.environment, a.division_code, coalesce(a.label, a.name) as name,
       a.name as exact_name, a.currency_code, a.country_code, a.is_connected, a.status, a.status_reason, a.schedule,
       a.connected_at, a.last_succeeded_at, run.run_id, run.run_started_at,
       coalesce(run.run_rows, 0)::bigint as run_rows,
       coalesce(run.run_changed, 0)::bigint as run_changed, coalesce(run.run_calls, 0)::bigint as run_calls,
       run.run_error,
       coalesce(run.endpoints_done, 0) as endpoints_done, coalesce(stored.rows_stored, 0)::bigint as rows_stored,
       case when b.day_started_at >= date_trunc('day', now() at time zone 'utc') at time zone 'utc'
            then b.day_used else 0 end as calls_today,
       coalesce(b.day_allowed, 5000) as calls_allowed
from exact_ops.administrations as a
left join exact_ops.integrations as i using (integration_id)
left join lateral (
    select run_id, min(started_at) as run_started_at, sum(rows_read) as run_rows,
           sum(rows_inserted + rows_updated + rows_deleted) as run_changed, sum(calls) as run_calls,
           (array_agg(error_message order by load_id) filter (where outcome = 'failed'))[1] as run_error,
           count(distinct endpoint) filter (where finished_at is not null)
               + coalesce(sum(least(rows_read::float8 / nullif(rows_expected, 0), 1))
                          filter (where finished_at is null), 0) as endpoints_done
    from exact_ops.loads where administration_id = a.administration_id
    group by run_id order by max(load_id) desc limit 1
) as run on true
left join lateral (
    select sum(rows_inserted - rows_deleted) as rows_stored
    from exact_ops.loads where administration_id = a.administration_id
) as stored on true
left join exact_ops.call_budgets as b on b.client_id = i.client_id and b.division_code = a.division_code
{where}
order by a.environment, a.division_code
"""

_DATA_SETS = """
with newest as (
    select distinct on (endpoint, slice) data_set, endpoint, slice, started_at, finished_at, outcome, rows_read,
           rows_inserted, rows_updated, rows_deleted, calls, error_message
    from exact_ops.loads where administration_id = %(id)s order by endpoint, slice, load_id desc
), good as (
    select data_set, max(finished_at) as last_good_at, sum(rows_inserted - rows_deleted) as rows_stored
    from exact_ops.loads where administration_id = %(id)s and outcome = 'succeeded' group by data_set
), marks as (
    select endpoint, watermark from exact_ops.watermarks where administration_id = %(id)s
)
select n.data_set, max(n.started_at) as last_at, g.last_good_at, coalesce(g.rows_stored, 0)::bigint as rows_stored,
       sum(n.rows_read)::bigint as rows_read, sum(n.calls)::bigint as calls, max(m.watermark) as watermark,
       (array_agg(n.outcome order by (n.outcome = 'failed') desc, (n.outcome = 'running') desc,
                  (n.outcome = 'skipped') desc))[1] as outcome,
       coalesce(string_agg(distinct n.error_message, ' ')
                filter (where n.outcome in ('failed', 'skipped')), '') as error
from newest as n left join good as g using (data_set) left join marks as m using (endpoint)
group by n.data_set, g.last_good_at, g.rows_stored
"""

_DURATIONS = """
select run_id, min(started_at) as started_at,
       extract(epoch from max(coalesce(finished_at, now())) - min(started_at))::float8 as seconds,
       sum(rows_read)::bigint as rows_read, sum(calls)::bigint as calls,
       bool_or(outcome = 'failed') as has_failed
from exact_ops.loads where administration_id = %s group by run_id order by max(load_id) desc limit 20
"""

_SET_DURATIONS = """
select data_set, run_id, extract(epoch from max(coalesce(finished_at, now())) - min(started_at))::float8 as seconds
from exact_ops.loads where administration_id = %s
  and run_id in (select run_id from exact_ops.loads where administration_id = %s
                 group by run_id order by max(load_id) desc limit 12)
group by data_set, run_id order by max(load_id)
"""


def situations(connection: psycopg.Connection, connected_only: bool = True) -> list[Situation]:
    """Return the administrations in the order of environment and code."""
    where = "where a.is_connected" if connected_only else ""
    with connection.cursor(row_factory=class_row(Situation)) as cursor:
        return cursor.execute(_SITUATIONS.format(where=where)).fetchall()


def situation(connection: psycopg.Connection, administration_id: int) -> Situation | None:
    """Return one connected administration, or None."""
    with connection.cursor(row_factory=class_row(Situation)) as cursor:
        where = "where a.is_connected and a.administration_id = %s"
        return cursor.execute(_SITUATIONS.format(where=where), (administration_id,)).fetchone()


def data_sets(connection: psycopg.Connection, administration_id: int) -> list[dict[str, Any]]:
    """Return the data sets in the catalogue's order, those never loaded too."""
    with connection.cursor(row_factory=dict_row) as cursor:
        found = {row["data_set"]: row for row in cursor.execute(_DATA_SETS, {"id": administration_id})}
        history: dict[str, list[float]] = {}
        for row in cursor.execute(_SET_DURATIONS, (administration_id, administration_id)):
            history.setdefault(row["data_set"], []).append(row["seconds"])
    empty = {"last_at": None, "last_good_at": None, "rows_stored": 0, "rows_read": 0, "calls": 0, "watermark": None}
    return [
        {**empty, "outcome": "never", "error": "", **found.get(name, {}), "data_set": name}
        | {"seconds": history.get(name, [])}
        for name in (*catalogue.DATA_SETS, catalogue.DELETIONS, catalogue.CONTROL_TOTALS)
    ]


def runs(connection: psycopg.Connection, administration_id: int) -> list[dict[str, Any]]:
    """Return the newest runs, oldest of them first, with how long they took."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(_DURATIONS, (administration_id,)).fetchall()[::-1]


def status(connection: psycopg.Connection) -> dict[str, Any]:
    """Return integrations, administrations with the sums of their latest run, and how fresh the marts are."""
    return {
        "integrations": [vars(each) for each in registry.integrations(connection)],
        "administrations": [
            {
                "administration_id": each.administration_id,
                "environment": each.environment,
                "division_code": each.division_code,
                "name": each.name,
                "is_connected": each.is_connected,
                "status": each.status,
                "status_reason": each.status_reason,
                "last_succeeded_at": each.last_succeeded_at,
                "run_id": each.run_id,
                "rows_read": each.run_rows if each.run_id else None,
                "rows_changed": each.run_changed if each.run_id else None,
                "calls": each.run_calls if each.run_id else None,
            }
            for each in situations(connection, connected_only=False)
        ],
        "marts": builds.freshness(connection),
    }
