"""How much of everything a run measures."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    """The sizes of a run.

    lines: of the figures the targets name. fewer_lines: a second point for memory and growth.
    peers: the fastest way of each; peers_once: other ways and slower ones, not repeated.
    """

    mode: str
    lines: int
    fewer_lines: int
    rounds: int
    peers: tuple[str, ...]
    peers_once: tuple[str, ...]
    peer_lines: int
    peer_rounds: int
    limit_minutes: int
    limit_speed: float
    parallel_minutes: int
    parallel_speed: float
    build_rounds: int
    growth: tuple[int, ...]
    night_rounds: int


FULL = Plan(
    **{"mode": "full", "lines": 1_000_000, "fewer_lines": 200_000, "rounds": 3},
    **{"peers": ("dlt_csv", "singer_copy"), "peers_once": ("dlt", "airbyte"), "peer_lines": 100_000, "peer_rounds": 3},
    **{"limit_minutes": 8, "limit_speed": 4, "parallel_minutes": 6, "parallel_speed": 3},
    **{"build_rounds": 3, "growth": (100_000, 300_000, 3_000_000), "night_rounds": 3},
)
QUICK = Plan(
    **{"mode": "quick", "lines": 60_000, "fewer_lines": 20_000, "rounds": 3},
    **{"peers": ("dlt_csv", "singer_copy"), "peers_once": (), "peer_lines": 10_000, "peer_rounds": 1},
    **{"limit_minutes": 5, "limit_speed": 10, "parallel_minutes": 4, "parallel_speed": 5},
    **{"build_rounds": 1, "growth": (), "night_rounds": 0},
)
