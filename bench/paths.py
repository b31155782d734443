"""Where the benchmark reads and writes."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BENCH = ROOT / "bench"
#: Generated lines, servers, environments of peers: kept between runs, never committed.
WORK = ROOT / ".bench"
