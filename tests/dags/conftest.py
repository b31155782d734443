"""An Airflow home of its own, and a registry snapshot instead of a database, before Airflow is imported."""

from __future__ import annotations

import atexit
import json
import os
import shutil
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
_HOME = tempfile.mkdtemp(prefix="exact-online-dags-")
atexit.register(shutil.rmtree, _HOME, ignore_errors=True)
os.environ.update(
    {
        "AIRFLOW_HOME": _HOME,
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
        "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
    }
)

ENTRIES = [(1, "nl", 123), (2, "be", 123), (3, "nl", 77)]


@pytest.fixture
def registry_snapshot(tmp_path, monkeypatch):
    """Let three administrations be connected, as the last good answer of the registry."""
    path = tmp_path / "snapshot.json"
    path.write_text(json.dumps([(*entry, f"Name <b>{entry[2]}</b> 🙂") for entry in ENTRIES]))
    monkeypatch.setenv("EXACT_ONLINE_REGISTRY_CACHE", str(path))
    monkeypatch.delenv("AIRFLOW_CONN_WAREHOUSE", raising=False)
    return path


@pytest.fixture
def load_dags():
    """Return a function that parses the project's dags folder as Airflow does: {dag id: DAG}."""
    from airflow.dag_processing.dagbag import DagBag

    def load():
        bag = DagBag(dag_folder=str(ROOT / "dags"))
        assert bag.import_errors == {}
        return bag.dags

    return load
