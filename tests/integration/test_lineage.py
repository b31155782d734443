"""What OpenLineage is told of loads and builds: through Airflow's own code, over HTTP, set as the README says."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from psycopg.conninfo import conninfo_to_dict

from exact_online import dbt_build
from sandbox.settings import CLIENT_SECRET
from tests.dbt.project import run_dbt
from tests.integration.books import Books, books_of
from tests.integration.tasks import load
from tests.readme import setting
from tests.receivers import Sink, listening

pytestmark = pytest.mark.integration
TRANSPORT = "AIRFLOW__OPENLINEAGE__TRANSPORT"


@pytest.fixture
def books(tmp_path, connection) -> Iterator[Books]:
    with books_of(tmp_path, connection, 0, has_limits=False) as books:
        yield books


@pytest.fixture
def lineage_server(monkeypatch) -> Iterator[Sink]:
    """The server of the README's transport."""
    with listening() as sink:
        own = setting(TRANSPORT, ("http://lineage.example.com:5000", sink.url))
        monkeypatch.setenv(TRANSPORT, own)
        # Airflow forks for each event; a test's process does not survive its own threads then.
        monkeypatch.setenv("AIRFLOW__OPENLINEAGE__EXECUTE_IN_THREAD", "True")
        yield sink


def complete(task, dag_id: str) -> None:
    """Tell Airflow's OpenLineage listener that a task ended well, as the task runner does."""
    from airflow.providers.openlineage.plugins.listener import OpenLineageListener
    from airflow.sdk import DAG

    with DAG(dag_id=dag_id, schedule=None, tags=["exact-online"]) as dag:
        dag.add_task(task)
    now = datetime.now(UTC)
    run = SimpleNamespace(
        dag_id=dag_id, run_id="manual__1", run_type="manual", logical_date=now, run_after=now, start_date=now,
        data_interval_start=now, data_interval_end=now, clear_number=0, conf={},
    )  # fmt: skip
    context = {"dag_run": run, "dag": dag, "task": task}
    instance = SimpleNamespace(
        dag_id=dag_id, task_id=task.task_id, run_id=run.run_id, try_number=1, map_index=-1, start_date=now, task=task,
        get_template_context=lambda: context,
    )  # fmt: skip
    OpenLineageListener().on_task_instance_success(previous_state=None, task_instance=instance)


def told(sink: Sink) -> tuple[dict, set[str], set[str]]:
    """Return the one event that arrived, and the data sets it says were read and written."""
    (request,) = sink.requests
    assert request.path == "/api/v1/lineage"
    event = json.loads(request.body)
    assert event["eventType"] == "COMPLETE"
    read, written = ([f"{each['namespace']} {each['name']}" for each in event[side]] for side in ("inputs", "outputs"))
    assert (len(set(read)), len(set(written))) == (len(read), len(written))
    return event, set(read), set(written)


def holds_no_secret(event: dict) -> bool:
    password = json.loads(os.environ["AIRFLOW_CONN_WAREHOUSE"])["password"]
    known = filter(None, (CLIENT_SECRET, os.environ["EXACT_ONLINE_FERNET_KEY"], password))
    return not any(secret in json.dumps(event) for secret in known)


def address(warehouse_url: str) -> str:
    """Return what OpenLineage calls the warehouse: the server and the database."""
    parts = conninfo_to_dict(warehouse_url)
    return f"postgres://{parts['host']}:{parts['port']} {parts['dbname']}"


def test_a_load_tells_which_resources_it_read_and_which_tables_it_wrote(books, warehouse_url, lineage_server):
    complete(load(books, "fiscal_periods"), f"exact_online_nl_{books.code}")
    event, read, written = told(lineage_server)
    assert event["job"]["name"] == f"exact_online_nl_{books.code}.fiscal_periods"
    assert read == {
        f"{books.exact.url} {books.code}/financial/FinancialPeriods",
        f"{books.exact.url} {books.code}/read/financial/JournalStatusList",
    }
    raw = f"{address(warehouse_url)}.exact_raw"
    assert written == {f"{raw}.financial_periods", f"{raw}.journal_statuses"}
    assert holds_no_secret(event)


def test_a_load_that_left_something_unread_does_not_tell_of_it(books, warehouse_url, lineage_server):
    books.exact.sandbox.faults.add([{"path_contains": "JournalStatusList", "status": 400, "times": 9}])
    complete(load(books, "fiscal_periods"), f"exact_online_nl_{books.code}")
    _, read, written = told(lineage_server)
    assert read == {f"{books.exact.url} {books.code}/financial/FinancialPeriods"}
    assert written == {f"{address(warehouse_url)}.exact_raw.financial_periods"}


def test_a_build_tells_which_tables_dbt_read_and_built(tmp_path, monkeypatch, warehouse_url, lineage_server):
    from airflow.sdk import BaseHook

    from exact_online.operators import DbtBuildOperator

    monkeypatch.setenv("EXACT_ONLINE_DBT_TARGET_DIR", str(tmp_path))
    variables = dbt_build.profile_variables(BaseHook.get_connection("warehouse"))
    run_dbt(["run", "--select", "stg_exact_online__journals"], tmp_path, variables)
    complete(DbtBuildOperator(task_id="staging", selector="staging"), "exact_online_marts")
    event, read, written = told(lineage_server)
    assert event["job"]["name"] == "exact_online_marts.staging"
    assert read == {f"{address(warehouse_url)}.exact_raw.journals"}
    assert written == {f"{address(warehouse_url)}.staging.stg_exact_online__journals"}
    assert holds_no_secret(event)


def test_what_a_build_made_itself_it_did_not_read_and_what_failed_it_did_not_build(tmp_path, monkeypatch):
    monkeypatch.setenv("EXACT_ONLINE_DBT_TARGET_DIR", str(tmp_path))
    nodes = {
        "model.p.stg": {"schema": "staging", "alias": "stg", "depends_on": {"nodes": ["source.p.raw.lines"]}},
        "model.p.fct": {"schema": "marts", "alias": "fct", "depends_on": {"nodes": ["model.p.stg", "seed.p.map"]}},
        "model.p.bad": {"schema": "marts", "alias": "bad", "depends_on": {"nodes": ["source.p.raw.others"]}},
        "seed.p.map": {"schema": "intermediate", "alias": "map", "depends_on": {"nodes": []}},
        "test.p.unique": {"schema": "tests", "alias": "unique", "depends_on": {"nodes": ["model.p.fct"]}},
    }
    sources = {f"source.p.raw.{name}": {"schema": "exact_raw", "identifier": name} for name in ("lines", "others")}
    (tmp_path / "manifest.json").write_text(json.dumps({"nodes": nodes, "sources": sources}))
    states = {id_: "error" if "bad" in id_ else "success" for id_ in nodes if not id_.startswith("seed")}
    results = [{"unique_id": id_, "status": status} for id_, status in states.items()]
    (tmp_path / "run_results.json").write_text(json.dumps({"results": results}))
    assert dbt_build.tables_of_last_run() == (
        [("exact_raw", "lines"), ("intermediate", "map")],
        [("marts", "fct"), ("staging", "stg")],
    )
