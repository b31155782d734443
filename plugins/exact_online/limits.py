"""The call budget Exact grants per app and administration: a clock minute and a UTC day, shared through Postgres.

Exact's own headers correct our count, because other software of the same app may share the budget. A missing
header says nothing; it is not zero.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

import psycopg

from exact_online.errors import DailyLimitReached, LimitReached, MinuteLimitReached
from exact_online.warehouse import one_row

log = logging.getLogger(__name__)

_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)
_HEADERS = ("Limit", "Remaining", "Reset")

#: Take one call if both windows have room; no row returned = one of them is spent.
_TAKE = """
insert into exact_ops.call_budgets as b
    (client_id, division_code, minute_started_at, minute_used, day_started_at, day_used)
values (%(client)s, %(division)s, %(minute)s, 1, %(day)s, 1)
on conflict (client_id, division_code) do update set
    minute_used = case when b.minute_started_at >= %(minute)s then b.minute_used + 1 else 1 end,
    minute_started_at = greatest(b.minute_started_at, %(minute)s),
    day_used = case when b.day_started_at >= %(day)s then b.day_used + 1 else 1 end,
    day_started_at = greatest(b.day_started_at, %(day)s)
where not (b.day_started_at >= %(day)s and b.day_used >= b.day_allowed)
  and not (b.minute_started_at >= %(minute)s and b.minute_used >= b.minute_allowed)
returning 1
"""

_CORRECT = """
update exact_ops.call_budgets set
    {window}_used = case when {window}_started_at = %(started)s then greatest({window}_used, %(used)s)
                         when {window}_started_at < %(started)s then %(used)s else {window}_used end,
    {window}_started_at = greatest({window}_started_at, %(started)s),
    {window}_allowed = %(allowed)s
where client_id = %(client)s and division_code = %(division)s
"""


class CallBudget:
    """The budget of one app for one administration.

    :param connection: an autocommit connection of its own: a call taken stays taken whatever the page's fate.
    :param max_wait_seconds: how long `take` waits in place for the next minute, in total per call.
    """

    def __init__(
        self,
        connection: psycopg.Connection,
        client_id: str,
        division_code: int,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], None] = time.sleep,
        max_wait_seconds: float = 300,
    ) -> None:
        self._connection = connection
        self._key = {"client": client_id, "division": division_code}
        self._clock = clock
        self._sleep = sleep
        self._max_wait_seconds = max_wait_seconds

    def take(self) -> None:
        """Take one call, waiting for the next minute if need be. Raises DailyLimitReached, MinuteLimitReached."""
        waited = 0.0
        while True:
            try:
                return self._take_now()
            except MinuteLimitReached as exc:
                seconds = max((exc.resets_at - self._clock()).total_seconds(), 0) + 0.2
                if waited + seconds > self._max_wait_seconds:
                    raise
                log.info("%s; going on in %.0f s", exc, seconds)
                self._sleep(seconds)
                waited += seconds

    def observe(self, headers: Mapping[str, str]) -> None:
        """Correct both windows by the headers of an answer."""
        for window, prefix, length in (("minute", "X-RateLimit-Minutely", _MINUTE), ("day", "X-RateLimit", _DAY)):
            limit, remaining, reset = (_number(headers.get(f"{prefix}-{name}")) for name in _HEADERS)
            if limit is None or remaining is None or reset is None:
                continue
            started = datetime.fromtimestamp(reset / 1000, UTC) - length
            self._connection.execute(
                _CORRECT.format(window=window),
                {**self._key, "started": started, "used": max(limit - remaining, 0), "allowed": limit},
            )

    def refused(self, headers: Mapping[str, str]) -> LimitReached:
        """Return the error for a 429: only the headers of the limit hit come, or none at all."""
        now = self._clock()
        self.observe(headers)
        day_reset, minute_reset = (_number(headers.get(f"{p}-Reset")) for p in ("X-RateLimit", "X-RateLimit-Minutely"))
        if day_reset is not None and minute_reset is None:
            self._spend("day", _day_of(now))
            return DailyLimitReached(self._words("day"), datetime.fromtimestamp(day_reset / 1000, UTC))
        self._spend("minute", _minute_of(now))
        return MinuteLimitReached(self._words("minute"), _minute_of(now) + _MINUTE)

    def _take_now(self) -> None:
        now = self._clock()
        values = {**self._key, "minute": _minute_of(now), "day": _day_of(now)}
        if self._connection.execute(_TAKE, values).fetchone():
            return
        day, day_spent, minute = one_row(
            self._connection,
            "select day_started_at, day_started_at >= %(day)s and day_used >= day_allowed, minute_started_at "
            "from exact_ops.call_budgets where client_id = %(client)s and division_code = %(division)s",
            values,
        )
        if day_spent:
            raise DailyLimitReached(self._words("day"), day + _DAY)
        raise MinuteLimitReached(self._words("minute"), minute + _MINUTE)

    def _spend(self, window: str, started: datetime) -> None:
        """Write off what is left of a window Exact says is spent, even where our count says otherwise."""
        self._connection.execute(
            f"update exact_ops.call_budgets set {window}_used = greatest({window}_used, {window}_allowed), "
            f"{window}_started_at = greatest({window}_started_at, %(started)s) "
            "where client_id = %(client)s and division_code = %(division)s",
            {**self._key, "started": started},
        )

    def _words(self, window: str) -> str:
        return f"Exact's calls per {window} are spent for administration {self._key['division']}"


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.strip().isdigit() else None


def _minute_of(now: datetime) -> datetime:
    return now.replace(second=0, microsecond=0)


def _day_of(now: datetime) -> datetime:
    return now.replace(hour=0, minute=0, second=0, microsecond=0)
