"""`make bench`: run every scenario, print one table, write results.json, RESULTS.md and the plots.

`QUICK=1` measures less of everything, within five minutes; `ONLY="loads marts"` some scenarios, keeping the others'
figures of an earlier run; `ROUNDS=1` repeats nothing. A scenario that fails is told and leaves its figures out; the run
then ends with 1.
"""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench import report, scenarios
from bench.measure import BenchError
from bench.paths import BENCH
from bench.plan import FULL, QUICK, Plan
from bench.warehouse import server


def _earlier(folder: Path, plan: Plan) -> dict[str, Any]:
    """Return the figures of an earlier run of the same kind."""
    path = folder / "results.json"
    found = json.loads(path.read_text("utf-8")) if path.exists() else {}
    return found if found.get("mode") == plan.mode else {}


def main() -> int:
    """Run and return the exit code."""
    plan = QUICK if os.environ.get("QUICK") else FULL
    if os.environ.get("ROUNDS"):
        rounds = int(os.environ["ROUNDS"])
        peers = tuple(replace(each, rounds=min(each.rounds, rounds)) for each in plan.peers)
        plan = replace(plan, rounds=rounds, build_rounds=rounds, peers=peers)
    wanted = os.environ.get("ONLY", "").split() or list(scenarios.ALL)
    results = Path(os.environ.get("BENCH_RESULTS_DIR") or BENCH)
    figures = {"mode": plan.mode, "lines": plan.lines, **(_earlier(results, plan) if os.environ.get("ONLY") else {})}
    failed: list[str] = []
    with server() as postgres:
        version = postgres.version()
        for name in wanted:
            began = time.monotonic()
            try:
                figures |= scenarios.ALL[name](postgres, plan)
            except BenchError as exc:
                failed.append(name)
                print(f"{name}: {exc}", file=sys.stderr)
            took = round(time.monotonic() - began)
            print(f"{name}: {took} s", file=sys.stderr, flush=True)
            figures["scenario_seconds"] = {**figures.get("scenario_seconds", {}), name: took}
    figures["seconds"] = sum(figures["scenario_seconds"].values())
    print(report.write(figures, results, version))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
