"""Counts calls since the start, per administration and endpoint, for tests on how many a pipeline makes."""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from typing import Any

TOO_MANY = 429


class CallLog:
    """Counts of everything but the control API."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.clear()

    def clear(self) -> None:
        """Start counting anew."""
        with self._lock:
            self._calls: defaultdict[str, Counter[str]] = defaultdict(Counter)
            self._statuses: Counter[str] = Counter()
            self._token_calls = 0

    def data(self, division: int | None, path: str, status: int) -> None:
        """Count a data call."""
        with self._lock:
            self._calls["current" if division is None else str(division)][path] += 1
            self._statuses[str(status)] += 1

    def token(self) -> None:
        """Count a call of the token endpoint."""
        with self._lock:
            self._token_calls += 1

    def report(self) -> dict[str, Any]:
        """Return all counts, ready for JSON."""
        with self._lock:
            return {
                "calls": {division: dict(sorted(paths.items())) for division, paths in sorted(self._calls.items())},
                "total": sum(paths.total() for paths in self._calls.values()),
                "refused": self._statuses[str(TOO_MANY)],
                "statuses": dict(sorted(self._statuses.items())),
                "token_calls": self._token_calls,
            }
