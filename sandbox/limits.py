"""Exact's limits: calls per app and administration, errors per endpoint, calls of the token endpoint.

Windows are the clock minute and the UTC day; resets are epoch milliseconds. Nothing here outlives the process.
"""

from __future__ import annotations

import threading
from collections import Counter, defaultdict

from sandbox.clock import Clock
from sandbox.scale import Scale

PER_DAY = 5000
TOKEN_CALLS_PER_DAY = 200
ERRORS_PER_HOUR = 10
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400

Headers = list[tuple[str, str]]


class LimitHit(Exception):
    """A window is spent; only its own headers are told."""

    def __init__(self, headers: Headers) -> None:
        super().__init__("limit hit")
        self.headers = headers


class CallLimits:
    """Counts data calls. With `enabled` False it counts but refuses nothing."""

    def __init__(self, clock: Clock, enabled: bool = True, scale: Scale | None = None) -> None:
        self._clock = clock
        self._enabled = enabled
        self._scale = scale or Scale()
        self._used: Counter[tuple[str, int, int, int]] = Counter()
        self._lock = threading.Lock()

    def take(self, client_id: str, division: int) -> Headers:
        """Take one call and return the headers that say what is left. Raises LimitHit."""
        now = int(self._clock.now())
        with self._lock:
            headers: Headers = []
            per_minute = self._scale.calls_per_minute
            windows = ((_DAY, PER_DAY, "X-RateLimit"), (_MINUTE, per_minute, "X-RateLimit-Minutely"))
            for length, limit, name in windows:
                key = (client_id, division, length, now // length)
                if self._enabled and self._used[key] >= limit:
                    raise LimitHit(_headers(name, limit, 0, now, length))
            for length, limit, name in windows:
                key = (client_id, division, length, now // length)
                self._used[key] += 1
                headers += _headers(name, limit, max(limit - self._used[key], 0), now, length)
            self._forget(now)
            return headers

    def _forget(self, now: int) -> None:
        if len(self._used) > 1000:
            for key in [key for key in self._used if key[3] < now // key[2]]:
                del self._used[key]


def _headers(name: str, limit: int, remaining: int, now: int, length: int) -> Headers:
    reset = (now // length + 1) * length * 1000
    return [(f"{name}-Limit", str(limit)), (f"{name}-Remaining", str(remaining)), (f"{name}-Reset", str(reset))]


class TokenLimit:
    """Counts calls of the token endpoint per app and UTC day; refused ones count too."""

    def __init__(self, clock: Clock, enabled: bool = True) -> None:
        self._clock = clock
        self._enabled = enabled
        self._used: Counter[tuple[str, int]] = Counter()

    def take(self, client_id: str) -> None:
        """Take one call. Raises LimitHit."""
        now = int(self._clock.now())
        key = (client_id, now // _DAY)
        if self._enabled and self._used[key] >= TOKEN_CALLS_PER_DAY:
            raise LimitHit(_headers("X-RateLimit", TOKEN_CALLS_PER_DAY, 0, now, _DAY))
        self._used[key] += 1


class ErrorLimit:
    """Blocks an app that makes more than ten errors within an hour on one endpoint of one administration.

    The block is of the whole app, lasts an hour and doubles each time it comes back.
    """

    def __init__(self, clock: Clock, enabled: bool = True) -> None:
        self._clock = clock
        self._enabled = enabled
        self._errors: defaultdict[tuple[str, str, int, str], list[float]] = defaultdict(list)
        self._blocked_until: dict[str, float] = {}
        self._blocks: Counter[str] = Counter()
        self._lock = threading.Lock()

    def is_blocked(self, client_id: str) -> bool:
        """Whether calls of an app are refused now."""
        return self._blocked_until.get(client_id, 0) > self._clock.now()

    def count(self, client_id: str, user_name: str, division: int, endpoint: str) -> None:
        """Count an error (400, 401, 403 or 404) of an app and user."""
        now = self._clock.now()
        with self._lock:
            recent = self._errors[(client_id, user_name, division, endpoint)]
            recent[:] = [moment for moment in recent if moment > now - _HOUR] + [now]
            if self._enabled and len(recent) > ERRORS_PER_HOUR:
                self._blocked_until[client_id] = now + _HOUR * 2 ** self._blocks[client_id]
                self._blocks[client_id] += 1
                recent.clear()
