"""What a load did, as figures of Airflow's own metrics facility: StatsD or OpenTelemetry, whichever it is set to send.

Each figure goes out under its plain name with tags, which a StatsD server without tags ignores.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from airflow.sdk.observability import stats

from exact_online.load_log import Done


def of_loads(loads: Iterable[Done], tags: dict[str, str], waited_seconds: float) -> None:
    """Send what the loads of one task did, and how long they waited for Exact's limits."""
    for load in loads:
        own = {**tags, "endpoint": load.endpoint}
        stats.incr("exact_online.calls", load.calls, tags=own)
        stats.incr("exact_online.rows_read", load.rows_read, tags=own)
        stats.incr("exact_online.rows_changed", load.rows_changed, tags=own)
        stats.incr(f"exact_online.loads.{load.outcome}", 1, tags=own)
    stats.incr("exact_online.waited_seconds", round(waited_seconds), tags=tags)


def of_freshness(last_good: Iterable[tuple[str, datetime]], now: datetime) -> None:
    """Send how old the last good import of each administration is."""
    for dag_id, good_at in last_good:
        seconds = (now - good_at).total_seconds()
        stats.gauge(f"exact_online.freshness_seconds.{dag_id}", seconds, tags={"dag_id": dag_id})


def of_alerts(open_by_kind: dict[str, int]) -> None:
    """Send how many causes of each kind are open."""
    for kind, count in open_by_kind.items():
        stats.gauge(f"exact_online.alerts.{kind}", count, tags={"kind": kind})
