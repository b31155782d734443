"""Names of our own, and when an administration is imported. Postgres only."""

from __future__ import annotations

import re

import psycopg

from exact_online.errors import ConfigError
from exact_online.nights import night_in_words

_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
#: What a person can choose; {minute} and {hour} are the time of day in Amsterdam.
RHYTHMS = {
    "nightly": "Every night, at a minute of its own",
    "daily": "Every day at",
    "weekdays": "Monday to Friday at",
    "weekly": "Every Monday at",
    "hourly": "Every hour",
}
_CRONS = {
    "daily": "{minute} {hour} * * *",
    "weekdays": "{minute} {hour} * * 1-5",
    "weekly": "{minute} {hour} * * 1",
    "hourly": "{minute} * * * *",
}
LONGEST_LABEL = 120
LONGEST_PROMISE_HOURS = 10_000


def rhythms() -> dict[str, str]:
    """Return {rhythm: what it means here} with the hour at which this installation's nights begin."""
    return {**RHYTHMS, "nightly": f"{night_in_words().capitalize()}, at a minute of its own"}


def cron_of(rhythm: str, time_of_day: str) -> str | None:
    """Return the cron expression of a choice, None for the nightly default. Raises ConfigError for any other text."""
    if rhythm not in RHYTHMS:
        raise ConfigError(f"the schedule must be one of: {', '.join(RHYTHMS)}")
    if rhythm == "nightly":
        return None
    found = _TIME.fullmatch(time_of_day.strip())
    if not found:
        raise ConfigError("the time must be written as 05:30")
    return _CRONS[rhythm].format(hour=int(found[1]), minute=int(found[2]))


def rhythm_of(cron: str | None) -> tuple[str, str]:
    """Return (rhythm, time of day) of a stored schedule."""
    if cron is None:
        return "nightly", "05:00"
    minute, hour, *days = cron.split()
    if hour == "*":
        return "hourly", f"00:{int(minute):02}"
    return {"*": "daily", "1-5": "weekdays", "1": "weekly"}[days[-1]], f"{int(hour):02}:{int(minute):02}"


def set_schedule(connection: psycopg.Connection, administration_id: int, cron: str | None) -> None:
    """Store when an administration is imported; its DAG has it from the next parse on."""
    connection.execute(
        "update exact_ops.administrations set schedule = %s where administration_id = %s", (cron, administration_id)
    )


def promise(connection: psycopg.Connection, administration_id: int, hours: int | None) -> None:
    """Store how old the last good import may get; None is what the schedule makes usual, 0 as old as it likes."""
    if hours is not None and not 0 <= hours <= LONGEST_PROMISE_HOURS:
        raise ConfigError(f"a promise has 0 to {LONGEST_PROMISE_HOURS} hours")
    connection.execute(
        "update exact_ops.administrations set fresh_hours = %s where administration_id = %s", (hours, administration_id)
    )


def rename_administration(connection: psycopg.Connection, administration_id: int, label: str) -> None:
    """Give an administration a name of our own; an empty one brings Exact's back."""
    connection.execute(
        "update exact_ops.administrations set label = %s where administration_id = %s",
        (_label(label), administration_id),
    )


def rename_integration(connection: psycopg.Connection, integration_id: int, label: str) -> None:
    """Give an integration a name of our own; an empty one brings the Exact user's back."""
    connection.execute(
        "update exact_ops.integrations set label = %s where integration_id = %s", (_label(label), integration_id)
    )


def _label(text: str) -> str | None:
    text = " ".join(text.split())
    if len(text) > LONGEST_LABEL:
        raise ConfigError(f"a name has at most {LONGEST_LABEL} characters")
    return text or None
