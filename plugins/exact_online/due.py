"""What is worth reading again: Exact's own figures cost a page per 60 rows, and names of types hardly ever change.

Control totals of a fiscal year are due when one of its lines changed since they were read or the last comparison found
a difference; of the current year also daily; of every year weekly, each on its own day of the week. All of it is asked
of the load log and the touched periods.
"""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import psycopg

from exact_online.catalogue import Endpoint
from exact_online.errors import ConfigError
from exact_online.warehouse import one_row

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
#: How often a past fiscal year is compared although nothing of it changed.
WEEK = timedelta(days=7)
#: How often slow-moving reference data is read, in days.
REFERENCE_DAYS_VARIABLE = "EXACT_ONLINE_REFERENCE_DAYS"
_REFERENCE_DAYS = 7

_LAST_READ = """
select load_id, finished_at from exact_ops.loads
where administration_id = %s and endpoint = %s and outcome = 'succeeded' and slice is not distinct from %s
order by load_id desc limit 1
"""
_CHANGED_SINCE = """
select exists (select from exact_ops.loads where administration_id = %s and load_id > %s
    and endpoint in ('transaction_lines', 'payment_terms', 'deletions')
    and rows_inserted + rows_updated + rows_deleted > 0)
"""
_YEARS = """
select p.fiscal_year, max(p.load_id), coalesce(bool_or(r.differences > 0), false)
from exact_ops.touched_periods as p
left join exact_ops.reconciliations as r
    on r.administration_id = p.administration_id and r.subject = p.fiscal_year::text
where p.administration_id = %s group by 1 order by 1
"""
_LAST_COUNT = """
select (select compared_at from exact_ops.reconciliations
        where administration_id = %(administration_id)s and subject = %(endpoint)s),
       (select differences from exact_ops.reconciliations
        where administration_id = %(administration_id)s and subject = %(endpoint)s),
       (select min(finished_at) from exact_ops.loads
        where administration_id = %(administration_id)s and endpoint = %(endpoint)s and outcome = 'succeeded')
"""
#: The fiscal year a day lies in, by the calendar of the administration; /Date(ms)/ is its own wall time.
_YEAR_OF_DAY = """
select (payload ->> 'FinYear')::int from exact_raw.financial_periods
where administration_id = %(administration_id)s and deleted_at is null
  and %(day)s between timestamp '1970-01-01'
        + interval '1 millisecond' * substring(payload ->> 'StartDate' from '-?[0-9]+')::bigint
    and timestamp '1970-01-01'
        + interval '1 millisecond' * substring(payload ->> 'EndDate' from '-?[0-9]+')::bigint
limit 1
"""


def slices_due(
    connection: psycopg.Connection,
    administration_id: int,
    endpoint: Endpoint,
    now: datetime | None = None,
    everything: bool = False,
) -> list[str | None]:
    """Return the slices of a control total to read now: fiscal years, or [None] for one that is read whole.

    :param now: the moment of the run (UTC); decides what "today" is in Amsterdam.
    :param everything: a full refresh: all of it is due.
    """
    today = (now or datetime.now(UTC)).astimezone(AMSTERDAM).date()
    if endpoint.by_year is None:
        return [None] if everything or _list_is_due(connection, administration_id, endpoint, today) else []
    years = connection.execute(_YEARS, (administration_id,)).fetchall()
    current = _current_year(connection, administration_id, today, [year for year, _, _ in years])
    return [
        str(year)
        for year, changed_by, differs in years
        if everything
        or differs
        or _year_is_due(connection, administration_id, endpoint, year, changed_by, today, year == current)
    ]


def is_due(
    connection: psycopg.Connection, administration_id: int, endpoint: Endpoint, now: datetime | None = None
) -> bool:
    """Return whether an endpoint is read in a nightly run: reference data only every few days."""
    if not endpoint.is_reference:
        return True
    today = (now or datetime.now(UTC)).astimezone(AMSTERDAM).date()
    last = connection.execute(_LAST_READ, (administration_id, endpoint.name, None)).fetchone()
    return last is None or today - _day_of(last[1]) >= timedelta(days=reference_days())


def count_is_due(
    connection: psycopg.Connection, administration_id: int, endpoint: Endpoint, now: datetime | None = None
) -> bool:
    """Return whether the rows of a sync endpoint are to be counted: weekly, each on its own day; not on its first."""
    today = (now or datetime.now(UTC)).astimezone(AMSTERDAM).date()
    counted_at, differences, first_read_at = one_row(
        connection, _LAST_COUNT, {"administration_id": administration_id, "endpoint": endpoint.name}
    )
    if first_read_at is None or differences:
        return first_read_at is not None
    last = counted_at or first_read_at
    return _is_weekly_due(_day_of(last), today, administration_id + (endpoint.deleted_type or 0))


def _is_weekly_due(last: date, today: date, number: int) -> bool:
    """Return whether something is due on its own day of the week, which a number decides, or after a week at last."""
    is_its_day = number % 7 == today.weekday()
    return today - last >= (timedelta(days=1) if is_its_day else WEEK)


def reference_days() -> int:
    """Return how many days slow-moving reference data may be old. Raises ConfigError naming the variable."""
    text = os.environ.get(REFERENCE_DAYS_VARIABLE, "").strip() or str(_REFERENCE_DAYS)
    if not text.isdigit() or int(text) < 1:
        raise ConfigError(f"{REFERENCE_DAYS_VARIABLE}={text} is not a number of days from 1 on")
    return int(text)


def _list_is_due(connection: psycopg.Connection, administration_id: int, endpoint: Endpoint, today: date) -> bool:
    last = connection.execute(_LAST_READ, (administration_id, endpoint.name, None)).fetchone()
    if last is None or _day_of(last[1]) < today:
        return True
    return bool(one_row(connection, _CHANGED_SINCE, (administration_id, last[0]))[0])


def _current_year(connection: psycopg.Connection, administration_id: int, today: date, years: list[int]) -> int | None:
    found = connection.execute(_YEAR_OF_DAY, {"administration_id": administration_id, "day": today}).fetchone()
    return found[0] if found else max(years, default=None)


def _year_is_due(
    connection: psycopg.Connection,
    administration_id: int,
    endpoint: Endpoint,
    year: int,
    changed_by: int,
    today: date,
    is_current: bool,
) -> bool:
    last = connection.execute(_LAST_READ, (administration_id, endpoint.name, str(year))).fetchone()
    if last is None or last[0] < changed_by:
        return True
    day = _day_of(last[1])
    return day < today if is_current else _is_weekly_due(day, today, year + administration_id)


def _day_of(moment: datetime) -> date:
    return moment.astimezone(AMSTERDAM).date()
