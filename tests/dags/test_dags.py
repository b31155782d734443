"""The DAGs as Airflow parses them: exact ids, the graph of data sets, policy, and no I/O at parse time."""

from __future__ import annotations

import json
import time
from pathlib import Path

import psycopg
import pytest

pytestmark = pytest.mark.dags

DAG_FILE = Path(__file__).resolve().parents[2] / "dags" / "exact_online_administrations.py"

ADMINISTRATIONS = {"exact_online_nl_123", "exact_online_be_123", "exact_online_nl_77"}
DATA_SETS = {
    "general_ledger",
    "chart_of_accounts",
    "analytical_axes",
    "outstanding_items",
    "fixed_assets",
    "fiscal_periods",
}


@pytest.fixture
def dags(registry_snapshot, load_dags):
    return load_dags()


def test_there_is_one_dag_per_connected_administration_and_one_each_for_marts_upkeep_and_watch(dags):
    assert set(dags) == ADMINISTRATIONS | {"exact_online_marts", "exact_online_upkeep", "exact_online_watch"}


def test_an_administration_shows_its_data_sets_as_a_graph(dags):
    for dag_id in ADMINISTRATIONS:
        graph = {task.task_id: set(task.downstream_task_ids) for task in dags[dag_id].tasks}
        assert graph == {
            "check_administration": DATA_SETS,
            **{name: {"deletions"} for name in DATA_SETS},
            "deletions": {"control_totals"},
            "control_totals": {"reconcile"},
            "reconcile": {"announce"},
            "announce": {"conclude"},
            "conclude": set(),
        }


def test_deletions_are_read_whatever_data_sets_failed_or_were_left_out(dags):
    """Of Airflow's rules only this one lets a task run after skipped ones and failed ones alike."""
    for dag_id in ADMINISTRATIONS:
        assert dags[dag_id].get_task("deletions").trigger_rule == "all_done"


def test_the_marts_are_built_part_by_part_when_raw_data_is_announced(dags):
    marts = dags["exact_online_marts"]
    assert [task.task_id for task in marts.topological_sort()] == [
        *("staging", "marts", "proof", "announce_again"),
    ]
    outlets = {
        outlet.name
        for dag_id in ADMINISTRATIONS
        for task in dags[dag_id].tasks
        for outlet in task.outlets
        if task.task_id == "announce"
    }
    assert outlets == {"exact_raw"}


@pytest.mark.parametrize("dag_id", ["exact_online_marts", "exact_online_upkeep"])
def test_a_failed_run_is_told_once(dag_id, sink, registry_snapshot, load_dags):
    """Of an administration's run the watch tells, with its cause; the watch itself turns red."""
    dag = load_dags()[dag_id]
    (tell,) = dag.on_failure_callback
    tell({"dag": dag, "run_id": "manual__1"})
    assert [message["subject"] for message in sink.got] == [f"{dag.dag_display_name} failed"]
    assert f"Run manual__1 of {dag_id} failed." in sink.got[0]["text"]


@pytest.mark.parametrize("channels", ["", "pigeon:finance", "http"])
def test_a_channel_that_is_missing_or_makes_no_sense_keeps_no_dag_from_loading(
    channels, monkeypatch, registry_snapshot, load_dags
):
    monkeypatch.setenv("EXACT_ONLINE_ALERTS", channels)
    assert not load_dags()["exact_online_marts"].on_failure_callback


def test_every_dag_follows_the_house_policy(dags):
    for dag in dags.values():
        assert dag.doc_md and "If it is red" in dag.doc_md, dag.dag_id
        assert dag.catchup is False
        assert dag.max_active_runs == 1
        assert dag.is_paused_upon_creation is False
        assert "exact-online" in dag.tags
        assert dag.dag_display_name != dag.dag_id
        for task in dag.tasks:
            assert task.owner == "exact-online"
            assert task.retries >= 1


def test_an_administration_takes_no_more_than_its_share_of_the_places(dags):
    """Half of the places of one worker, whatever an administration has to do; and none of its tasks goes first."""
    for dag_id in ADMINISTRATIONS:
        assert dags[dag_id].max_active_tasks == 4
        assert {(task.pool, task.pool_slots, task.priority_weight) for task in dags[dag_id].tasks} == {
            ("default_pool", 1, 1)
        }


@pytest.mark.parametrize(("text", "tasks"), [("1", 1), ("9", 9), ("0", 1), ("-3", 1)])
def test_how_many_places_an_administration_takes_can_be_set(registry_snapshot, load_dags, monkeypatch, text, tasks):
    """With none at all nothing would ever run."""
    monkeypatch.setenv("AIRFLOW__EXACT_ONLINE__TASKS_PER_ADMINISTRATION", text)
    dags = load_dags()
    assert {dags[dag_id].max_active_tasks for dag_id in ADMINISTRATIONS} == {tasks}


def test_the_trigger_form_offers_data_sets_full_refresh_and_a_date(dags):
    params = dags["exact_online_nl_77"].params
    assert set(params) == {"data_sets", "full_refresh", "from_date"}
    assert params["from_date"] is None
    assert set(params["data_sets"]) == DATA_SETS
    assert params["full_refresh"] is False


def test_administrations_run_nightly_at_their_own_stable_minute(dags, load_dags):
    crons = {dag_id: dags[dag_id].schedule.expression for dag_id in ADMINISTRATIONS}
    assert {cron.split(" ", 1)[1] for cron in crons.values()} == {"5 * * *"}
    again = load_dags()
    assert {dag_id: again[dag_id].schedule.expression for dag_id in ADMINISTRATIONS} == crons


def test_the_hour_of_the_night_can_be_set_and_is_told(registry_snapshot, load_dags, monkeypatch):
    monkeypatch.setenv("EXACT_ONLINE_NIGHT_HOUR", "22")
    dags = load_dags()
    assert {dags[dag_id].schedule.expression.split(" ", 1)[1] for dag_id in ADMINISTRATIONS} == {"22 * * *"}
    assert {"**When** every night from 22:00 Amsterdam" in dags[dag_id].doc_md for dag_id in ADMINISTRATIONS} == {True}


def test_parsing_touches_no_airflow_connection_or_variable_and_no_network(registry_snapshot, load_dags, monkeypatch):
    from airflow.sdk import BaseHook, Connection, Variable

    def forbidden(*args, **kwargs):
        raise AssertionError("parsing a DAG file must not do this")

    monkeypatch.setattr(Variable, "get", forbidden)
    monkeypatch.setattr(Connection, "get", forbidden)
    monkeypatch.setattr(BaseHook, "get_connection", forbidden)
    monkeypatch.setattr(psycopg, "connect", forbidden)
    monkeypatch.setattr("requests.Session.request", forbidden)
    assert set(load_dags()) > ADMINISTRATIONS


def test_a_tasks_own_process_builds_only_its_own_dag(registry_snapshot, load_dags, monkeypatch):
    # How Airflow's task runner says which DAG it is about to run; get_parsing_context() reads it.
    monkeypatch.setenv("_AIRFLOW_PARSING_CONTEXT_DAG_ID", "exact_online_be_123")
    assert set(load_dags()) == {
        "exact_online_be_123",
        "exact_online_marts",
        "exact_online_upkeep",
        "exact_online_watch",
    }


def test_the_last_good_answer_serves_when_the_warehouse_is_down(registry_snapshot, load_dags, monkeypatch):
    down = {"conn_type": "postgres", "host": "127.0.0.1", "port": 1, "login": "x", "schema": "warehouse"}
    monkeypatch.setenv("AIRFLOW_CONN_WAREHOUSE", json.dumps(down))
    assert set(load_dags()) > ADMINISTRATIONS


def test_500_administrations_are_built_in_two_seconds(registry_snapshot, load_dags):
    registry_snapshot.write_text(json.dumps([(n, "nl", n, f"Name {n}") for n in range(1, 501)]))
    namespace: dict = {}
    source = compile(DAG_FILE.read_text("utf-8"), DAG_FILE.name, "exec")
    load_dags()  # imports are paid once per process, not per parse
    started = time.process_time()
    exec(source, namespace)
    spent = time.process_time() - started
    assert len([name for name in namespace if name.startswith("exact_online_nl_")]) == 500
    assert spent < 2, f"{spent:.2f} s"
