"""Which administrations get a DAG: one short query while parsing, with the last good answer as fallback.

A DAG file that raises makes all its DAGs disappear, so a warehouse that is down for a moment must not be an error
here. The snapshot file is written whole or not at all. A task's own process, which parses the file too, takes its
administration from a snapshot that the dag-processor wrote not long ago, and asks the warehouse only without one.
"""

from __future__ import annotations

import json
import logging
import os
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import psycopg

from exact_online import registry, warehouse
from exact_online.errors import ConfigError

log = logging.getLogger(__name__)

#: Seconds a parse waits for the warehouse before it takes the snapshot.
CONNECT_TIMEOUT_SECONDS = 3
#: How old the last parse of all administrations may be for a task to go by it. A dag-processor parses far more often.
FRESH_SECONDS = 600


class DagEntry(NamedTuple):
    """What a DAG needs to know of its administration at parse time."""

    administration_id: int
    environment: str
    division_code: int
    name: str
    schedule: str | None = None

    @property
    def dag_id(self) -> str:
        """The id of the administration's DAG."""
        return f"exact_online_{self.environment}_{self.division_code}"


def snapshot_path() -> Path:
    """Return where the last good answer is kept."""
    home = os.environ.get("AIRFLOW_HOME") or str(Path.home() / "airflow")
    return Path(os.environ.get("EXACT_ONLINE_REGISTRY_CACHE") or Path(home) / "exact_online_administrations.json")


def connected_administrations(wanted: str | None = None) -> list[DagEntry]:
    """Return the connected administrations, from the registry or else from the snapshot.

    :param wanted: the DAG a task is about to run; only that one is returned. Only a parse of all writes the snapshot:
        a worker on a machine of its own, where no dag-processor keeps it fresh, always asks the registry.
    """
    if wanted is None:
        return _all_administrations()
    found = _of(wanted, _read_snapshot()) if _is_fresh() else []
    return found or _of(wanted, _all_administrations(is_kept=False))


def _of(dag_id: str, entries: list[DagEntry]) -> list[DagEntry]:
    return [entry for entry in entries if entry.dag_id == dag_id]


def _all_administrations(is_kept: bool = True) -> list[DagEntry]:
    try:
        with warehouse.connect(autocommit=True, timeout_seconds=CONNECT_TIMEOUT_SECONDS) as connection:
            entries = [
                DagEntry(each.administration_id, each.environment, each.division_code, each.name, each.schedule)
                for each in registry.administrations(connection)
            ]
    except (ConfigError, psycopg.Error) as exc:
        log.warning("The registry cannot be read (%s); the DAGs known before stay", exc)
        return _read_snapshot()
    if is_kept:
        _write_snapshot(entries)
    return entries


def _is_fresh() -> bool:
    try:
        return time.time() - snapshot_path().stat().st_mtime < FRESH_SECONDS
    except OSError:
        return False


def _read_snapshot() -> list[DagEntry]:
    try:
        return [DagEntry(*entry) for entry in json.loads(snapshot_path().read_text("utf-8"))]
    except (OSError, ValueError, TypeError):
        return []


def _write_snapshot(entries: list[DagEntry]) -> None:
    path, content = snapshot_path(), json.dumps(entries)
    try:
        if path.exists() and path.read_text("utf-8") == content:
            os.utime(path)  # as good as written now
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False, encoding="utf-8") as file:
            file.write(content)
        os.replace(file.name, path)
    except OSError as exc:
        log.warning("The snapshot of the registry cannot be written: %s", exc)
