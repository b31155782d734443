"""The one clock of the sandbox: the computer's time, moved forward on request. Knows nothing of the books' own day."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

#: Exact's servers stamp rows in this zone's wall time and label it UTC.
SERVER_ZONE = ZoneInfo("Europe/Amsterdam")


class Clock:
    """Tells the time in the three forms Exact uses."""

    def __init__(self, source: Callable[[], float] = time.time, offset_seconds: float = 0) -> None:
        self._source = source
        self.offset_seconds = offset_seconds

    def now(self) -> float:
        """Return seconds since 1970 in UTC."""
        return self._source() + self.offset_seconds

    def move(self, seconds: float) -> None:
        """Move the clock forward."""
        self.offset_seconds += seconds

    def utc(self) -> datetime:
        """Return the time with its zone, UTC."""
        return datetime.fromtimestamp(self.now(), UTC)

    def wall(self) -> datetime:
        """Return the server's local wall time with its zone."""
        return datetime.fromtimestamp(self.now(), SERVER_ZONE)
