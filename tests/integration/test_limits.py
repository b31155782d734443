"""The call budget on a real PostgreSQL: windows, headers, 429s, and many processes sharing one minute."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from exact_online.error_budget import ErrorBudget
from exact_online.errors import DailyLimitReached, EndpointPaused, MinuteLimitReached
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


def test_a_day_begins_where_the_headers_say_and_not_at_midnight_of_our_own(budget, clock):
    budget.take()
    resets_at = NOON + timedelta(minutes=30)
    assert isinstance(budget.refused(headers(DAY, 5000, 0, resets_at)), DailyLimitReached)
    with pytest.raises(DailyLimitReached) as caught:
        budget.take()
    assert caught.value.resets_at == resets_at
    assert budget.left_today() == 0
    clock.now = resets_at
    budget.take()
    assert budget.left_today() == 4999


def test_the_moment_to_come_back_is_one_of_our_own_clock(budget, clock):
    """Exact's clock is an hour ahead of ours: its midnight is our eleven o'clock."""
    budget.take()
    budget.observe({"Date": "Sun, 01 Mar 2026 13:00:10 GMT"})
    midnight = datetime(2026, 3, 2, tzinfo=UTC)
    assert budget.refused(headers(DAY, 5000, 0, midnight)).resets_at == midnight - timedelta(hours=1)


def test_an_answer_from_before_the_window_that_is_open_changes_nothing(budget, clock):
    clock.now = datetime(2026, 3, 2, 0, 0, 5, tzinfo=UTC)
    budget.take()
    budget.observe(headers(DAY, 5000, 0, datetime(2026, 3, 2, tzinfo=UTC)))
    budget.observe(headers(MINUTE, 60, 0, datetime(2026, 3, 2, tzinfo=UTC)))
    budget.take()
    assert clock.slept == []


def test_a_429_without_headers_is_the_day_where_the_day_is_known_to_be_spent(budget, clock):
    midnight = datetime(2026, 3, 2, tzinfo=UTC)
    budget.take()
    budget.observe(headers(DAY, 5000, 0, midnight))
    refused = budget.refused({})
    assert isinstance(refused, DailyLimitReached)
    assert refused.resets_at == midnight


def test_a_429_is_the_minute_unless_only_the_day_is_named(budget, clock):
    budget.take()
    midnight = datetime(2026, 3, 2, tzinfo=UTC)
    assert isinstance(budget.refused({}), MinuteLimitReached)
    budget.take()
    assert clock.slept == [50], "no call is made in a minute Exact said is spent"
    assert isinstance(budget.refused(headers(DAY, 5000, 0, midnight)), DailyLimitReached)
    with pytest.raises(DailyLimitReached):
        budget.take()


def test_a_refused_day_ends_where_exact_says_whatever_another_task_is_told_meanwhile(connection, clock, monkeypatch):
    budget = CallBudget(connection, "app", 7, clock=clock, sleep=clock.sleep)
    another = CallBudget(connection, "app", 7, clock=clock, sleep=clock.sleep)
    budget.take()
    back_at = NOON + timedelta(minutes=1)
    observe = budget.observe

    def and_then_another_is_told_midnight(told):
        observe(told)
        another.observe(headers(DAY, 5000, 4990, datetime(2026, 3, 2, tzinfo=UTC)))

    monkeypatch.setattr(budget, "observe", and_then_another_is_told_midnight)
    assert budget.refused(headers(DAY, 5000, 0, back_at)).resets_at == back_at
    with pytest.raises(DailyLimitReached) as caught:
        another.take()
    assert caught.value.resets_at == back_at
    clock.now = back_at
    another.take()


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


def test_minutes_used_up_one_after_the_other_are_spread_evenly_from_the_third_on(budget, clock):
    clock.now = NOON.replace(second=0)
    moments = []
    for _ in range(240):
        budget.take()
        moments.append(clock.now)
    per_minute = [[m for m in moments if m.minute == minute] for minute in range(4)]
    assert [len(minute) for minute in per_minute] == [60] * 4
    for burst in per_minute[:2]:
        assert burst[-1] - burst[0] < timedelta(seconds=1)
    for even in per_minute[2:]:
        gaps = {round((later - earlier).total_seconds(), 1) for earlier, later in itertools.pairwise(even)}
        assert min(gaps) >= 0.9
        assert max(gaps) <= 1.1


def test_a_pause_ends_the_even_spread(budget, clock):
    for _ in range(200):
        budget.take()
    clock.now += timedelta(minutes=5)
    clock.slept.clear()
    for _ in range(60):
        budget.take()
    assert clock.slept == []


def test_a_minute_begins_when_exacts_clock_says_so(budget, clock):
    """Our clock is 20 s ahead: at 12:01:05 of ours Exact still counts 12:00."""
    clock.now = NOON.replace(second=50)
    for _ in range(60):
        budget.take()
    budget.observe({"Date": "Sun, 01 Mar 2026 12:00:30 GMT"})
    clock.now = NOON.replace(minute=1, second=5)
    budget.take()
    assert clock.slept == [15], "until 12:01:20 of ours"


def test_a_date_that_is_none_changes_nothing(budget, clock):
    budget.observe({"Date": "soon"})
    for _ in range(60):
        budget.take()
    assert clock.slept == []


def test_an_endpoint_that_refused_five_times_within_an_hour_is_left_alone_and_the_others_go_on(connection, clock):
    errors = ErrorBudget(connection, "app", 7, clock)
    for minute in range(5):
        errors.check("a/B")
        errors.record("a/B", 403, f"no right {minute}")
        clock.now += timedelta(minutes=1)
    with pytest.raises(EndpointPaused, match="no right 4") as caught:
        errors.check("a/B")
    assert caught.value.status == 403
    assert "13:00 UTC" in str(caught.value)
    errors.check("a/C")
    ErrorBudget(connection, "app", 8, clock).check("a/B")
    ErrorBudget(connection, "other app", 7, clock).check("a/B")
    clock.now = NOON + timedelta(hours=1, seconds=1)
    errors.check("a/B")
    errors.record("a/B", 404, "gone")
    with pytest.raises(EndpointPaused, match="gone"):
        errors.check("a/B")
