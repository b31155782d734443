"""When an administration is imported: what can be chosen is what can be stored, and Airflow understands it."""

from __future__ import annotations

import pytest

from exact_online import manage, nights
from exact_online.errors import ConfigError


@pytest.mark.parametrize(
    ("rhythm", "time", "cron"),
    [
        ("nightly", "12:00", None),
        ("daily", "05:30", "30 5 * * *"),
        ("weekdays", "23:05", "5 23 * * 1-5"),
        ("weekly", "00:00", "0 0 * * 1"),
        ("hourly", "00:45", "45 * * * *"),
    ],
)
def test_a_choice_becomes_cron_and_comes_back(rhythm, time, cron):
    assert manage.cron_of(rhythm, time) == cron
    assert manage.rhythm_of(cron) == (rhythm, time if cron else "05:00")


@pytest.mark.parametrize(
    ("rhythm", "time"), [("* * * * *", "05:00"), ("daily", "5"), ("daily", "25:00"), ("", "05:00")]
)
def test_anything_else_is_refused(rhythm, time):
    with pytest.raises(ConfigError):
        manage.cron_of(rhythm, time)


@pytest.mark.parametrize(("text", "hour"), [("", 5), (" ", 5), ("0", 0), ("23", 23)])
def test_the_hour_of_the_night_is_a_setting(monkeypatch, text, hour):
    monkeypatch.setenv("EXACT_ONLINE_NIGHT_HOUR", text)
    assert nights.night_hour() == hour
    assert nights.nightly_cron("exact_online_nl_1").split()[1:] == [str(hour), "*", "*", "*"]
    assert manage.rhythms()["nightly"] == f"Every night from {hour:02}:00, at a minute of its own"


@pytest.mark.parametrize("text", ["24", "-1", "5.5", "05:00", "five", "\u0665"])
def test_what_is_no_hour_is_refused_with_its_name(monkeypatch, text):
    monkeypatch.setenv("EXACT_ONLINE_NIGHT_HOUR", text)
    with pytest.raises(ConfigError, match=f"EXACT_ONLINE_NIGHT_HOUR={text} is not an hour from 0 to 23"):
        nights.night_hour()


def test_every_hundred_administrations_are_spread_over_the_hour():
    minutes = {nights.nightly_cron(f"exact_online_nl_{code}").split()[0] for code in range(1000, 1100)}
    assert len(minutes) > 40
