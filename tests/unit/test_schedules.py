"""When an administration is imported: what can be chosen is what can be stored, and Airflow understands it."""

from __future__ import annotations

import pytest

from exact_online import manage
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
