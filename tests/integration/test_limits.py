"""The call budget on a real PostgreSQL: windows, headers, 429s, and many processes sharing one minute."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from exact_online.errors import DailyLimitReached, MinuteLimitReached
from exact_online.limits import CallBudget

pytestmark = pytest.mark.integration
NOON = datetime(2026, 3, 1, 12, 0, 10, tzinfo=UTC)


class Clock:
    """A clock that sleeping moves."""

    def __init__(self, now=NOON):
        self.now = now
        self.slept = []

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.slept.append(round(seconds))
        self.now += timedelta(seconds=seconds)


def milliseconds(moment):
    return str(int(moment.timestamp() * 1000))


def headers(prefix, limit, remaining, reset):
    return {
        f"{prefix}-Limit": str(limit),
        f"{prefix}-Remaining": str(remaining),
        f"{prefix}-Reset": milliseconds(reset),
    }


MINUTE, DAY = "X-RateLimit-Minutely", "X-RateLimit"


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def budget(connection, clock):
    return CallBudget(connection, "app", 7, clock=clock, sleep=clock.sleep)


def test_a_minute_gives_60_calls_in_a_burst_and_the_61st_waits_for_the_next(budget, clock):
    for _ in range(60):
        budget.take()
    assert clock.slept == []
    budget.take()
    assert clock.slept == [50]
    assert clock.now >= NOON.replace(minute=1, second=0)


def test_waiting_is_bounded(connection, clock):
    budget = CallBudget(connection, "app", 7, clock=clock, sleep=clock.sleep, max_wait_seconds=5)
    for _ in range(60):
        budget.take()
    with pytest.raises(MinuteLimitReached) as caught:
        budget.take()
    assert caught.value.resets_at == NOON.replace(minute=1, second=0)
    assert clock.slept == []


def test_headers_count_calls_of_others_and_a_missing_one_is_not_zero(budget, clock):
    budget.take()
    budget.observe({f"{MINUTE}-Remaining": "0"})
    budget.take()
    budget.observe(headers(MINUTE, 60, 3, NOON.replace(minute=1, second=0)))
    for _ in range(3):
        budget.take()
    assert clock.slept == []
    budget.take()
    assert clock.slept == [50]


def test_headers_set_the_limit_of_this_licence(budget, clock):
    budget.take()
    budget.observe(headers(MINUTE, 300, 299, NOON.replace(minute=1, second=0)))
    for _ in range(299):
        budget.take()
    assert clock.slept == []


def test_a_spent_day_names_midnight_utc(budget, clock):
    budget.take()
    midnight = datetime(2026, 3, 2, tzinfo=UTC)
    budget.observe(headers(DAY, 5000, 1, midnight))
    budget.take()
    with pytest.raises(DailyLimitReached) as caught:
        budget.take()
    assert caught.value.resets_at == midnight
    clock.now = midnight
    budget.take()


def test_a_429_is_the_minute_unless_only_the_day_is_named(budget, clock):
    budget.take()
    midnight = datetime(2026, 3, 2, tzinfo=UTC)
    assert isinstance(budget.refused({}), MinuteLimitReached)
    budget.take()
    assert clock.slept == [50], "no call is made in a minute Exact said is spent"
    assert isinstance(budget.refused(headers(DAY, 5000, 0, midnight)), DailyLimitReached)
    with pytest.raises(DailyLimitReached):
        budget.take()


def test_administrations_have_budgets_of_their_own(connection, budget, clock):
    for _ in range(60):
        budget.take()
    CallBudget(connection, "app", 8, clock=clock, sleep=clock.sleep).take()
    assert clock.slept == []


def test_workers_share_one_minute_to_the_call(warehouse_url, connection):
    def worker(_):
        taken = 0
        with psycopg.connect(warehouse_url, autocommit=True) as own:
            mine = CallBudget(own, "app", 7, clock=lambda: NOON, sleep=lambda s: None, max_wait_seconds=0)
            while True:
                try:
                    mine.take()
                    taken += 1
                except MinuteLimitReached:
                    return taken

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(worker, range(8))) == 60
