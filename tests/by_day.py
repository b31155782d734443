"""Lets a test's stack live by day: an import nobody asked for must not come into a test, whenever that runs."""

from __future__ import annotations

from datetime import datetime

from exact_online.due import AMSTERDAM
from exact_online.nights import NIGHT_HOUR_VARIABLE


def night_is_far() -> dict[str, str]:
    """Return the variable that puts the hour of the nightly imports half a day from now."""
    return {NIGHT_HOUR_VARIABLE: str((datetime.now(AMSTERDAM).hour + 12) % 24)}
