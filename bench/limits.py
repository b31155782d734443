"""Scenarios at Exact's limits: 60 calls a minute and administration, an answer after 200 ms; one, and ten at once.

The clock of the server and of our budgets runs fast, so that minutes take seconds; the latency shrinks with it and our
own work does not, which makes it harder, not easier. Pages per clock minute are counted by the server, over the minutes
between the first and the last one.
"""

from __future__ import annotations

import json
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from bench import measure, pages
from bench.books import DIVISION
from bench.lines import LineFile
from bench.warehouse import Server, register

CALLS_PER_MINUTE = 60
_LATENCY_SECONDS = 0.2


@dataclass(frozen=True)
class LimitUse:
    """What came through: pages of all administrations per clock minute, and calls Exact had to refuse."""

    pages_per_minute: float
    administrations: int
    refused: int
    minutes: int

    @property
    def share(self) -> float:
        """Pages per minute and administration of those possible."""
        return self.pages_per_minute / self.administrations / CALLS_PER_MINUTE


def at_the_limit(
    server: Server, lines: LineFile, administrations: int, minutes: int, speed: float, page_rows: int
) -> LimitUse:
    """Load as many administrations at once for so many clock minutes."""
    rows = min(minutes * CALLS_PER_MINUTE * page_rows, lines.rows)
    clock = {"since": _next_minute(), "speed": speed}
    served = pages.serve(
        lines, rows, page_rows=page_rows, latency_seconds=_LATENCY_SECONDS, calls_per_minute=CALLS_PER_MINUTE, **clock
    )
    with served as address, server.database() as conninfo:
        divisions = range(DIVISION, DIVISION + administrations)
        ids = {division: register(conninfo, division) for division in divisions}

        def load(division: int) -> None:
            wanted = {"address": address, "conninfo": conninfo, "administration_id": ids[division], "clock": clock}
            measure.python("bench.contenders.ours", json.dumps({**wanted, "division": division}))

        with ThreadPoolExecutor(administrations) as pool:
            list(pool.map(load, divisions))
        counted = pages.statistics(address)
    by_division: dict[str, dict[int, int]] = defaultdict(dict)
    for division, minute, calls in counted["calls"]:
        by_division[division][minute] = calls
    whole = {division: _whole_minutes(calls) for division, calls in by_division.items()}
    per_minute = sum(sum(calls) / len(calls) for calls in whole.values())
    return LimitUse(per_minute, administrations, counted["refused"], min(map(len, whole.values())))


def _whole_minutes(calls: dict[int, int]) -> list[int]:
    """Return the calls of each minute but the first, which began before us, and the last, which we did not need all."""
    first, last = min(calls), max(calls)
    return [calls.get(minute, 0) for minute in range(first + 1, last)]


def _next_minute() -> float:
    return float(int(time.time() // 60) * 60)
