"""Keeps every administration at Exact's limit for a while, with faults, dying workers and a grant that runs out.

The limit and the pages are smaller than Exact's (see `sandbox/scale.py`), so that two processors can keep thirty
administrations at it.
"""

from __future__ import annotations

import random
import statistics
import time
from collections import Counter
from collections.abc import Callable
from itertools import pairwise

from stack import supervisor
from stack.airflow_runs import OVER
from tests.e2e import fleet as fleets
from tests.e2e.conftest import Demo, wait_until
from tests.e2e.fleet import HUGE, LONG_LIVED, all_over, codes, dag_of, imports

SCALE = {"calls_per_minute": 10, "page_rows": 100}
FAULTS = (
    {"status": 503},
    {"kind": "reset"},
    {"kind": "truncate"},
    {"kind": "lost"},
    {"kind": "slow", "seconds": 5},
    {"kind": "html"},
)
#: What a component may grow by between the first and the last third of a soak.
GROWTH_BYTES = 60 * 1024**2
_SECONDS_BETWEEN_LOOKS = 2


class Soak:
    """One soak. `share` is what was called of all the limits grant, `kills` the workers killed while they had tasks."""

    def __init__(self, fleet: Demo) -> None:
        self.fleet = fleet
        self.kills: Counter[str] = Counter()
        self.share = 0.0
        self.calls = 0
        self._rng = random.Random("soak")
        self._runs: dict[str, str] = {}
        self._memory: list[dict[str, int]] = []
        #: What happens, first after how many seconds, and then every how many. Whose worker was killed reads nothing
        #: for a minute: a killing every minute would leave nobody at the limit. And a task under way learns of the
        #: grant's end from a refusal, of which the client forgives an endpoint few in an hour.
        self._happenings: dict[Callable[[], None], tuple[float, float]] = {
            self._disturb: (10, 10),
            self._live_on: (30, 30),
            lambda: fleets.make_the_grant_due(self.fleet): (50, 250),
            self._kill: (40, 120),
        }
        self._minutes: list[int] = []

    def last(self, seconds: float) -> None:
        """Go on for so long, and then let what runs come to its end. Fails where a run hangs."""
        # A limit that shrank in the middle of a minute would refuse calls that were granted when the minute began.
        time.sleep(60 - time.time() % 60)
        self.fleet.sandbox("POST", "scale", json=SCALE)
        before, began = self._total(), time.monotonic()
        due = {happen: first for happen, (first, _) in self._happenings.items()}
        self._minutes = [before]
        while (passed := time.monotonic() - began) < seconds:
            if passed >= 60 * len(self._minutes):
                self._minutes.append(self._total())
            self._keep_busy()
            for happen, (_, every) in self._happenings.items():
                if passed >= due[happen]:
                    due[happen] = passed + every
                    happen()
            self._memory.append(fleets.resident(self.fleet))
            time.sleep(_SECONDS_BETWEEN_LOOKS)
        self.calls = self._total() - before
        self.share = self.calls / (self._granted * passed / 60)
        self.fleet.sandbox("DELETE", "faults")
        self.fleet.sandbox("POST", "scale", json={})
        wait_until(lambda: all_over(self.fleet, self._runs), 400)

    def figures(self) -> dict:
        """Return what was done, for the record."""
        tasks = self.fleet.airflow.tasks()
        return {
            "calls": self.calls,
            "share_of_the_limit": round(self.share, 3),
            "share_by_minute": [round((b - a) / self._granted, 2) for a, b in pairwise(self._minutes)],
            "kills": dict(self.kills),
            "runs": len(imports(self.fleet)),
            "tasks": len(tasks),
            "retried": sum(task["try_number"] > 1 for task in tasks),
            "megabytes": {name: size // 1024**2 for name, size in self._memory[-1].items()},
        }

    def growth(self) -> dict[str, float]:
        """Return by how many bytes each component grew between the first and the last third."""
        third = max(len(self._memory) // 3, 1)

        def middle(looks: list[dict[str, int]], name: str) -> float:
            return statistics.median(look[name] for look in looks if name in look)

        return {name: middle(self._memory[-third:], name) - middle(self._memory[:third], name) for name in LONG_LIVED}

    @property
    def _granted(self) -> int:
        """Return how many calls a minute all administrations may make together."""
        return len(codes(self.fleet)) * SCALE["calls_per_minute"]

    def _total(self) -> int:
        return self.fleet.sandbox("GET", "calls")["total"]

    def _keep_busy(self) -> None:
        """Import again what is imported, in full but for the huge one, which would need an hour at this limit."""
        over = {run["dag_run_id"] for run in imports(self.fleet) if run["state"] in OVER}
        for code in codes(self.fleet):
            dag_id = dag_of(code)
            if self._runs.get(dag_id) in over | {None}:
                self._runs[dag_id] = self.fleet.airflow.trigger(dag_id, {"full_refresh": code != HUGE})

    def _disturb(self) -> None:
        where = {"path_contains": f"/{self._rng.choice(codes(self.fleet))}/", "nth": self._rng.randint(1, 6)}
        self.fleet.sandbox("POST", "faults", json=[{**where, **self._rng.choice(FAULTS)}])

    def _live_on(self) -> None:
        self.fleet.sandbox("POST", "advance", json={"steps": self._rng.randint(5, 15)})

    def _kill(self) -> None:
        victim = self._rng.choice(supervisor.WORKERS)
        self.kills[victim] += fleets.kill_worker(self.fleet, victim)
