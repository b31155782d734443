"""How much of everything a run measures."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PeerRun:
    """Peers that are measured beside us, in turns, on so many lines."""

    names: tuple[str, ...]
    lines: int
    rounds: int


@dataclass(frozen=True)
class Plan:
    """The sizes of a run.

    lines: of the figures the targets name. fewer_lines: a second point for memory and growth.
    peers: the fastest way of each on as many lines as its speed allows; other ways and slower ones once.
    """

    mode: str
    lines: int
    fewer_lines: int
    rounds: int
    peers: tuple[PeerRun, ...]
    limit_minutes: int
    limit_speed: float
    parallel_minutes: int
    parallel_speed: float
    build_rounds: int
    growth: tuple[int, ...]
    night_rounds: int


FULL = Plan(
    **{"mode": "full", "lines": 1_000_000, "fewer_lines": 200_000, "rounds": 3},
    peers=(
        PeerRun(("dlt_csv",), 200_000, 3),
        PeerRun(("singer_copy",), 100_000, 3),
        PeerRun(("dlt", "airbyte"), 100_000, 1),
    ),
    **{"limit_minutes": 8, "limit_speed": 4, "parallel_minutes": 6, "parallel_speed": 3},
    **{"build_rounds": 3, "growth": (100_000, 300_000, 3_000_000), "night_rounds": 3},
)
QUICK = Plan(
    **{"mode": "quick", "lines": 60_000, "fewer_lines": 20_000, "rounds": 3},
    peers=(PeerRun(("dlt_csv", "singer_copy"), 10_000, 1),),
    **{"limit_minutes": 5, "limit_speed": 10, "parallel_minutes": 4, "parallel_speed": 5},
    **{"build_rounds": 1, "growth": (), "night_rounds": 0},
)
