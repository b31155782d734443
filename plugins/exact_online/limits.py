"""The call budget Exact grants per app and administration: a clock minute and a UTC day, shared through Postgres.

Exact's own headers correct our count, because other software of the same app may share the budget. A missing
header says nothing; it is not zero. A load may burst inside a minute; work that used up minute after minute is spread
evenly over the next ones. Minutes are Exact's: its `Date` headers tell how far our clock is off.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import psycopg

from exact_online.errors import DailyLimitReached, LimitReached, MinuteLimitReached
from exact_online.warehouse import one_row

log = logging.getLogger(__name__)

#: What Exact grants an app per administration and clock minute or UTC day, until its headers say otherwise.
CALLS_PER_MINUTE, CALLS_PER_DAY = 60, 5000
_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)
_HEADERS = ("Limit", "Remaining", "Reset")
#: Minutes in a row that were used up before calls are spread evenly.
_BURSTS = 2
#: A minute counts as used up from this share of its calls on: pacing itself loses a slot now and then.
_USED_UP = 0.9
#: A wait as long as this is worth a line in the log.
_NOTEWORTHY_SECONDS = 5
_AFTER_RESET_SECONDS = 0.05
#: A difference beyond this is a clock that was set anew, not the second a `Date` header leaves open.
_CLOCK_JUMP = timedelta(seconds=5)

#: Take one call if both windows have room; no row returned = one of them is spent, or the next call is not due yet.
_TAKE = """
insert into exact_ops.call_budgets as b
    (client_id, division_code, minute_started_at, minute_used, day_started_at, day_used)
values (%(client)s, %(division)s, %(minute)s, 1, %(day)s, 1)
on conflict (client_id, division_code) do update set
    full_minutes = case when b.minute_started_at >= %(minute)s then b.full_minutes
                        when b.minute_started_at = %(minute)s - interval '1 minute'
                             and b.minute_used >= b.minute_allowed * %(used_up)s then b.full_minutes + 1
                        else 0 end,
    minute_used = case when b.minute_started_at >= %(minute)s then b.minute_used + 1 else 1 end,
    minute_started_at = greatest(b.minute_started_at, %(minute)s),
    day_used = case when %(now)s < b.day_started_at + interval '1 day' then b.day_used + 1 else 1 end,
    day_started_at = case when %(now)s < b.day_started_at + interval '1 day' then b.day_started_at else %(day)s end
where not (%(now)s < b.day_started_at + interval '1 day' and b.day_used >= b.day_allowed)
  and not (b.minute_started_at >= %(minute)s and b.minute_used >= b.minute_allowed)
  and not (b.minute_started_at >= %(minute)s and b.full_minutes >= %(bursts)s
           and b.minute_used * 60.0 > b.minute_allowed * extract(epoch from %(now)s - b.minute_started_at))
returning 1
"""

_WHY_NOT = """
select day_started_at, %(now)s < day_started_at + interval '1 day' and day_used >= day_allowed, minute_started_at,
       minute_used >= minute_allowed, make_interval(secs => minute_used * 60.0 / minute_allowed)
from exact_ops.call_budgets where client_id = %(client)s and division_code = %(division)s
"""

#: A window is where Exact's headers say it is, also where that is not the clock's own minute or UTC day.
_CORRECT = """
update exact_ops.call_budgets set
    {window}_used = case when {window}_started_at = %(started)s then greatest({window}_used, %(used)s)
                         else %(used)s end,
    {window}_started_at = %(started)s,
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
        self._offset = timedelta()
        self._offset_known = False
        #: How long this process has waited for the next minute so far.
        self.waited_seconds = 0.0

    def take(self) -> None:
        """Take one call, waiting for its moment if need be. Raises DailyLimitReached, MinuteLimitReached."""
        waited = 0.0
        while True:
            try:
                return self._take_now()
            except MinuteLimitReached as exc:
                seconds = max((exc.resets_at - self._clock()).total_seconds(), 0) + _AFTER_RESET_SECONDS
                if waited + seconds > self._max_wait_seconds:
                    raise
                if seconds > _NOTEWORTHY_SECONDS and waited <= _NOTEWORTHY_SECONDS:
                    log.info("%s; going on in %.0f s", exc, seconds)
                self._sleep(seconds)
                waited += seconds
                self.waited_seconds += seconds

    def left_today(self) -> int:
        """Return how many calls the day still grants, as far as this side knows."""
        found = self._connection.execute(
            "select day_allowed - case when %(now)s < day_started_at + interval '1 day' then day_used else 0 end "
            "from exact_ops.call_budgets where client_id = %(client)s and division_code = %(division)s",
            {**self._key, "now": self._now()},
        ).fetchone()
        return max(found[0], 0) if found else CALLS_PER_DAY

    def observe(self, headers: Mapping[str, str]) -> None:
        """Correct both windows, and our clock, by the headers of an answer."""
        self._see_date(headers.get("Date"))
        for window, prefix, length in (("minute", "X-RateLimit-Minutely", _MINUTE), ("day", "X-RateLimit", _DAY)):
            limit, remaining, reset = (_number(headers.get(f"{prefix}-{name}")) for name in _HEADERS)
            if limit is None or remaining is None or reset is None:
                continue
            resets_at = datetime.fromtimestamp(reset / 1000, UTC)
            if resets_at <= self._now():
                continue  # an answer from before the window that is open now
            self._connection.execute(
                _CORRECT.format(window=window),
                {
                    **{**self._key, "started": resets_at - length},
                    **{"used": max(limit - remaining, 0), "allowed": limit},
                },
            )

    def refused(self, headers: Mapping[str, str]) -> LimitReached:
        """Return the error for a 429: only the headers of the limit hit come, or none at all."""
        self.observe(headers)
        now = self._now()
        day_reset, minute_reset = (_number(headers.get(f"{p}-Reset")) for p in ("X-RateLimit", "X-RateLimit-Minutely"))
        if day_reset is not None and minute_reset is None:
            resets_at = datetime.fromtimestamp(day_reset / 1000, UTC)
            self._spend("day", resets_at - _DAY)
            return DailyLimitReached(self._words("day"), self._ours(resets_at))
        if minute_reset is None and not self.left_today():
            return DailyLimitReached(self._words("day"), self._ours(_day_of(now) + _DAY))
        self._spend("minute", _minute_of(now))
        return MinuteLimitReached(self._words("minute"), self._ours(_minute_of(now) + _MINUTE))

    def _take_now(self) -> None:
        now = self._now()
        values = {
            **self._key,
            **{"now": now, "minute": _minute_of(now), "day": _day_of(now)},
            **{"bursts": _BURSTS, "used_up": _USED_UP},
        }
        if self._connection.execute(_TAKE, values).fetchone():
            return
        day, day_spent, minute, minute_spent, due_after = one_row(self._connection, _WHY_NOT, values)
        if day_spent:
            raise DailyLimitReached(self._words("day"), self._ours(day + _DAY))
        raise MinuteLimitReached(self._words("minute"), self._ours(minute + (_MINUTE if minute_spent else due_after)))

    def _ours(self, moment: datetime) -> datetime:
        """Return a moment of Exact's clock as our own clock will show it: whoever waits goes by ours."""
        return moment - self._offset

    def _now(self) -> datetime:
        """Return the earliest that Exact's clock may show."""
        return self._clock() + self._offset

    def _see_date(self, text: str | None) -> None:
        """Learn how far our clock is off: Exact's clock showed at least `Date` before now."""
        try:
            least = parsedate_to_datetime(text or "") - self._clock()
        except (TypeError, ValueError):
            return
        if self._offset_known and abs(least - self._offset) < _CLOCK_JUMP:
            least = max(least, self._offset)
        self._offset, self._offset_known = least, True

    def _spend(self, window: str, started: datetime) -> None:
        """Write off what is left of a window Exact says is spent, even where our count says otherwise.

        A day is where Exact says it is: who answered another task meanwhile must not make it last until midnight.
        """
        place = "%(started)s" if window == "day" else f"greatest({window}_started_at, %(started)s)"
        self._connection.execute(
            f"update exact_ops.call_budgets set {window}_used = greatest({window}_used, {window}_allowed), "
            f"{window}_started_at = {place} "
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
