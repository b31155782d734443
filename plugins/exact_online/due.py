"""Which control totals are worth reading again: Exact's own figures cost a page per 60 rows.

A figure is due when something it depends on changed since it was read, or when its last reading is of an earlier
day; past fiscal years, which rarely move, only weekly. All of it is asked of the load log and the stored rows.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import psycopg

from exact_online.catalogue import Endpoint
from exact_online.warehouse import one_row

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
#: How often a past fiscal year is compared although nothing of it changed.
PAST_YEAR_EVERY = timedelta(days=7)

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
select (payload ->> 'FinancialYear')::int as fiscal_year, max(load_id)
from exact_raw.transaction_lines where administration_id = %s group by 1 order by 1
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
    years = [(year, load_id) for year, load_id in connection.execute(_YEARS, (administration_id,)) if year]
    current = years[-1][0] if years else None
    return [
        str(year)
        for year, changed_by in years
        if everything
        or _year_is_due(connection, administration_id, endpoint, str(year), changed_by, today, year == current)
    ]


def _list_is_due(connection: psycopg.Connection, administration_id: int, endpoint: Endpoint, today: date) -> bool:
    last = connection.execute(_LAST_READ, (administration_id, endpoint.name, None)).fetchone()
    if last is None or _day_of(last[1]) < today:
        return True
    return one_row(connection, _CHANGED_SINCE, (administration_id, last[0]))[0]


def _year_is_due(
    connection: psycopg.Connection,
    administration_id: int,
    endpoint: Endpoint,
    year: str,
    changed_by: int,
    today: date,
    is_current: bool,
) -> bool:
    last = connection.execute(_LAST_READ, (administration_id, endpoint.name, year)).fetchone()
    if last is None or last[0] < changed_by:
        return True
    age = today - _day_of(last[1])
    return age >= (timedelta(days=1) if is_current else PAST_YEAR_EVERY)


def _day_of(moment: datetime) -> date:
    return moment.astimezone(AMSTERDAM).date()
