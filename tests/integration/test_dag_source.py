"""Which administrations a parse finds: of all, and at the start of one task."""

from __future__ import annotations

import json
import os
import time

import psycopg
import pytest

from exact_online import dag_source
from tests.conftest import DIVISION

pytestmark = pytest.mark.integration
DAG_ID = f"exact_online_nl_{DIVISION}"


@pytest.fixture
def snapshot(tmp_path, monkeypatch, administration_id):
    """Where the snapshot stands; there is none yet."""
    path = tmp_path / "snapshot.json"
    monkeypatch.setenv("EXACT_ONLINE_REGISTRY_CACHE", str(path))
    return path


@pytest.fixture
def connects(monkeypatch) -> list[int]:
    """Grows by one with each connection that is opened."""
    opened: list[int] = []
    connect = psycopg.connect
    monkeypatch.setattr(psycopg, "connect", lambda *args, **kwargs: (opened.append(1), connect(*args, **kwargs))[1])
    return opened


def test_a_task_asks_nothing_when_the_last_parse_of_all_is_recent(snapshot, connects):
    everything = dag_source.connected_administrations()
    assert [entry.dag_id for entry in everything] == [DAG_ID]
    assert len(connects) == 1
    assert dag_source.connected_administrations(DAG_ID) == everything
    assert len(connects) == 1


@pytest.mark.parametrize("age", [dag_source.FRESH_SECONDS + 60, None], ids=["old", "none"])
def test_a_task_asks_the_registry_when_there_is_no_recent_snapshot(snapshot, connects, age):
    if age is not None:
        snapshot.write_text(json.dumps([[99, "nl", DIVISION, "As it was", None]]))
        os.utime(snapshot, (time.time() - age, time.time() - age))
    (found,) = dag_source.connected_administrations(DAG_ID)
    assert (found.name, len(connects)) == ("Demo", 1)
    assert not snapshot.exists() or json.loads(snapshot.read_text())[0][0] == 99, "a task leaves the snapshot alone"


def test_a_task_of_an_administration_the_snapshot_lacks_asks_the_registry(snapshot, connects):
    snapshot.write_text("[]")
    assert [entry.dag_id for entry in dag_source.connected_administrations(DAG_ID)] == [DAG_ID]
    assert len(connects) == 1


def test_a_task_of_an_administration_that_is_gone_finds_nothing(snapshot):
    dag_source.connected_administrations()
    assert dag_source.connected_administrations("exact_online_nl_1") == []


def test_a_parse_of_all_keeps_an_unchanged_snapshot_fresh(snapshot):
    dag_source.connected_administrations()
    os.utime(snapshot, (0, 0))
    dag_source.connected_administrations()
    assert time.time() - snapshot.stat().st_mtime < 60


def test_a_task_goes_by_the_old_snapshot_when_the_warehouse_is_down(snapshot, monkeypatch):
    everything = dag_source.connected_administrations()
    os.utime(snapshot, (0, 0))
    monkeypatch.setattr(
        psycopg, "connect", lambda *args, **kwargs: (_ for _ in ()).throw(psycopg.OperationalError("x"))
    )
    assert dag_source.connected_administrations(DAG_ID) == everything
