"""Calls a minute and a day, errors an hour: what is counted, what is told, when it is over. The test owns the clock."""

from __future__ import annotations

import pytest

from sandbox.clock import Clock
from sandbox.limits import CallLimits, ErrorLimit, LimitHit
from tests.sandbox.serving import JOURNALS, MAIN, NOON, OTHER, POOR, Time, serving

PATH = f"{MAIN}/{JOURNALS}"
NAMES = [f"X-RateLimit-{part}{name}" for part in ("", "Minutely-") for name in ("Limit", "Remaining", "Reset")]
MIDNIGHT = 1_795_478_400_000
BLOCKED = "Forbidden - The application is blocked: too many errors within an hour"


def told(response):
    return {name: int(response.headers[name]) for name in NAMES if name in response.headers}


def call(exact, times, path=PATH):
    return [exact.get(path).status_code for _ in range(times)]


def test_every_answer_says_what_is_left_and_until_when(connected):
    connected.time.seconds += 20.5
    expected = dict(zip(NAMES, (5000, 4999, MIDNIGHT, 60, 59, int(NOON + 60) * 1000), strict=True))
    assert told(connected.get(PATH)) == expected
    refused = connected.get(f"{MAIN}/financial/Nothing")
    assert refused.status_code == 404
    assert told(refused) == expected | {NAMES[1]: 4998, NAMES[4]: 58}


def test_the_61st_call_of_a_clock_minute_is_refused_with_the_minutes_headers_only(connected):
    connected.time.seconds += 59
    assert call(connected, 60) == [200] * 60
    response = connected.get(PATH)
    assert (response.status_code, response.content) == (429, b"")
    assert told(response) == dict(zip(NAMES[3:], (60, 0, int(NOON + 60) * 1000), strict=True))
    assert "Retry-After" not in response.headers
    connected.time.seconds += 1
    assert call(connected, 1) == [200]


def test_administrations_do_not_share_a_limit(connected):
    call(connected, 60)
    assert connected.get(PATH).status_code == 429
    assert connected.get(f"{OTHER}/{JOURNALS}").status_code == 200


def test_me_counts_for_the_current_administration(connected):
    assert told(connected.get("current/Me"))[NAMES[4]] == 59
    assert told(connected.get(PATH))[NAMES[4]] == 58
    assert told(connected.get(f"{POOR}/{JOURNALS}"))[NAMES[4]] == 59


def test_the_5001st_call_of_a_utc_day_is_refused_with_the_days_headers_only():
    time = Time()
    limits = CallLimits(Clock(time))
    for minute in range(84):
        time.seconds = NOON + minute * 60
        for _ in range(60 if minute < 83 else 20):
            limits.take("app", MAIN)
    with pytest.raises(LimitHit) as hit:
        limits.take("app", MAIN)
    assert dict(hit.value.headers) == dict(zip(NAMES[:3], ("5000", "0", str(MIDNIGHT)), strict=True))
    limits.take("other app", MAIN)
    time.seconds = MIDNIGHT / 1000
    assert dict(limits.take("app", MAIN))[NAMES[1]] == "4999"


def test_refused_calls_cost_nothing(connected):
    call(connected, 100)
    connected.time.seconds += 60
    assert told(connected.get(PATH))[NAMES[1]] == 5000 - 61


def test_calls_without_a_known_token_count_for_nobody(connected):
    assert connected.get(PATH, Authorization="Bearer x").headers.get(NAMES[0]) is None
    assert told(connected.get(PATH))[NAMES[4]] == 59


def test_limits_can_be_switched_off(tmp_path, disk_writes):
    with serving(tmp_path, has_limits=False) as exact:
        exact.connect()
        assert set(call(exact, 70)) == {200}
        assert set(call(exact, 12, f"{MAIN}/financial/Nothing")) == {404}
        assert call(exact, 1) == [200]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"{PATH}?$select=Nothing", 400),
        (f"{MAIN}/financial/Nothing", 404),
        ("42/financial/Journals", 403),
    ],
)
def test_the_eleventh_error_within_an_hour_blocks_the_app(connected, path, status):
    assert call(connected, 10, path) == [status] * 10
    assert call(connected, 1) == [200]
    assert call(connected, 1, path) == [status]
    response = connected.get(f"{OTHER}/{JOURNALS}")
    assert (response.status_code, response.json()["error"]["message"]["value"]) == (403, BLOCKED)


def test_an_expired_token_is_an_error_of_its_app(connected):
    connected.time.seconds += 600
    assert call(connected, 11) == [401] * 11
    pair = connected.refresh().json()
    connected.access_token = pair["access_token"]
    assert call(connected, 1) == [403]


def errors(time, limit, count, endpoint="e", division=MAIN):
    for _ in range(count):
        limit.count("app", "user", division, endpoint)
    return limit.is_blocked("app")


def test_errors_are_counted_per_endpoint_administration_and_hour():
    time = Time()
    limit = ErrorLimit(Clock(time))
    assert not errors(time, limit, 10)
    assert not errors(time, limit, 10, endpoint="f")
    assert not errors(time, limit, 10, division=OTHER)
    time.seconds += 3600
    assert not errors(time, limit, 10)
    assert errors(time, limit, 1)
    assert not limit.is_blocked("other app")


def test_a_block_lasts_an_hour_and_doubles_when_it_comes_back():
    time = Time()
    limit = ErrorLimit(Clock(time))
    assert errors(time, limit, 11)
    time.seconds += 3599
    assert limit.is_blocked("app")
    time.seconds += 1
    assert not limit.is_blocked("app")
    assert errors(time, limit, 11)
    time.seconds += 7199
    assert limit.is_blocked("app")
    time.seconds += 1
    assert not limit.is_blocked("app")
