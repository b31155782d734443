"""When an administration is imported that has no schedule of its own: at its own minute of the night's hour."""

from __future__ import annotations

import hashlib
import os

from exact_online.errors import ConfigError

NIGHT_HOUR_VARIABLE = "EXACT_ONLINE_NIGHT_HOUR"
_NIGHT_HOUR = 5


def night_hour() -> int:
    """Return the hour of the night's imports, 0 to 23 in Amsterdam. Raises ConfigError where the setting is no hour."""
    text = os.environ.get(NIGHT_HOUR_VARIABLE, "").strip() or str(_NIGHT_HOUR)
    if not (text.isascii() and text.isdecimal() and int(text) < 24):
        raise ConfigError(f"{NIGHT_HOUR_VARIABLE}={text} is not an hour from 0 to 23")
    return int(text)


def nightly_cron(dag_id: str) -> str:
    """Return the nightly schedule of a DAG: always the same minute, so that all are spread over the hour."""
    minute = int(hashlib.sha256(dag_id.encode()).hexdigest(), 16) % 60
    return f"{minute} {night_hour()} * * *"


def night_in_words() -> str:
    """Return "every night from 05:00"."""
    return f"every night from {night_hour():02}:00"
