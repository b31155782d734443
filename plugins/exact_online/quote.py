"""What reading an administration from the beginning will cost: "about N calls, M minutes, P % of a day's budget".

One call asks how many ledger lines there are; the rest is estimated from them. Where Exact does not count, its own
balances do (their counts are numbers of lines).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import msgspec

from exact_online import catalogue
from exact_online.client import ExactClient
from exact_online.errors import RequestRejected
from exact_online.limits import CALLS_PER_DAY, CALLS_PER_MINUTE

#: Rows a page of sync and of ordinary endpoints.
_SYNC_PAGE, _PAGE = 1000, 60
#: Lines behind one row of ReportingBalance: in books of ordinary size one in six or so.
_LINES_PER_BALANCE = 6


@dataclass(frozen=True)
class Quote:
    """An estimate. `percent_of_day` is of Exact's day of 5,000 calls, `days` how many of them it takes."""

    rows: int
    calls: int
    minutes: int
    percent_of_day: int
    days: int

    def __str__(self) -> str:
        much = f"about {self.calls:,} calls, {_some(self.minutes, 'minute')}, {self.percent_of_day} % of a day's budget"
        return much if self.days == 1 else f"{much}; goes on by itself on {_some(self.days - 1, 'more day')}"


def _some(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def quote(client: ExactClient, calls_left_today: int = CALLS_PER_DAY) -> Quote:
    """Return what a first import or a full refresh of the client's administration will cost.

    :param calls_left_today: what today's budget still grants; the rest of the work continues on the days after.
    """
    rows = count_lines(client)
    calls = _calls_for(rows)
    minutes = max(math.ceil(calls / CALLS_PER_MINUTE), 1)
    over = max(calls - calls_left_today, 0)
    return Quote(rows, calls, minutes, round(100 * calls / CALLS_PER_DAY), 1 + math.ceil(over / CALLS_PER_DAY))


def count_lines(client: ExactClient) -> int:
    """Return how many ledger lines the administration has."""
    lines = catalogue.endpoints()["transaction_lines"]
    try:
        count = client.count(lines.path, "ID", "Timestamp gt 0L")
    except RequestRejected:
        count = None
    return _count_by_balances(client) if count is None else count


def _count_by_balances(client: ExactClient) -> int:
    balances = catalogue.endpoints()["reporting_balances"]
    return sum(
        int(msgspec.json.decode(row, type=dict).get("Count") or 0)
        for page in client.pages(balances.path, ["ID", "Count"])
        for row in page.rows
    )


def _calls_for(rows: int) -> int:
    others = len(catalogue.endpoints()) - 1
    return math.ceil(rows / _SYNC_PAGE) + math.ceil(rows / _LINES_PER_BALANCE / _PAGE) + math.ceil(others * 1.5)
