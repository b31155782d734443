"""Which administrations get a DAG: one short query while parsing, with the last good answer as fallback.

A DAG file that raises makes all its DAGs disappear, so a warehouse that is down for a moment must not be an error
here. The snapshot file is written whole or not at all.
"""

from __future__ import annotations

import json
import logging
import os
import tempfile
from pathlib import Path
from typing import NamedTuple

import psycopg

from exact_online import registry, warehouse
from exact_online.errors import ConfigError

log = logging.getLogger(__name__)

#: Seconds a parse waits for the warehouse before it takes the snapshot.
CONNECT_TIMEOUT_SECONDS = 3


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


def connected_administrations() -> list[DagEntry]:
    """Return the connected administrations, from the registry or else from the snapshot."""
    try:
        with warehouse.connect(autocommit=True, timeout_seconds=CONNECT_TIMEOUT_SECONDS) as connection:
            entries = [
                DagEntry(each.administration_id, each.environment, each.division_code, each.name, each.schedule)
                for each in registry.administrations(connection)
            ]
    except (ConfigError, psycopg.Error) as exc:
        log.warning("The registry cannot be read (%s); the DAGs known before stay", exc)
        return _read_snapshot()
    _write_snapshot(entries)
    return entries


def _read_snapshot() -> list[DagEntry]:
    try:
        return [DagEntry(*entry) for entry in json.loads(snapshot_path().read_text("utf-8"))]
    except (OSError, ValueError, TypeError):
        return []


def _write_snapshot(entries: list[DagEntry]) -> None:
    path, content = snapshot_path(), json.dumps(entries)
    try:
        if path.exists() and path.read_text("utf-8") == content:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False, encoding="utf-8") as file:
            file.write(content)
        os.replace(file.name, path)
    except OSError as exc:
        log.warning("The snapshot of the registry cannot be written: %s", exc)
