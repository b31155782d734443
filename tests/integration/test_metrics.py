"""What a load and a look send to StatsD, and tell OpenLineage: through Airflow's own code, to a real socket."""

from __future__ import annotations

import json
import re
import socket
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from psycopg.conninfo import conninfo_to_dict

from exact_online import catalogue
from tests.integration.books import Books, books_of

pytestmark = pytest.mark.integration
ROOT = Path(__file__).resolve().parents[2]


class Statsd:
    """A StatsD server: adds up counters, keeps the last gauge."""

    def __init__(self, receiver: socket.socket) -> None:
        self._receiver = receiver
        self.counters: dict[str, float] = defaultdict(float)
        self.gauges: dict[str, float] = {}

    def read(self) -> None:
        while True:
            try:
                lines = self._receiver.recv(65536).decode().splitlines()
            except TimeoutError:
                return
            for line in lines:
                name, _, rest = line.partition(":")
                value, kind = rest.split("|")[:2]
                if kind == "c":
                    self.counters[name] += float(value)
                elif kind == "g":
                    self.gauges[name] = float(value)


@pytest.fixture
def statsd(monkeypatch) -> Iterator[Statsd]:
    """Airflow's metrics, set by its own settings, sent to a socket of ours."""
    from airflow.sdk._shared.observability.metrics import stats as backend
    from airflow.sdk._shared.observability.metrics.base_stats_logger import NoStatsLogger
    from airflow.sdk.observability import stats
    from airflow.sdk.observability.metrics.stats_utils import get_stats_factory

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(0.2)
        for name, value in {"ON": "True", "HOST": "127.0.0.1", "PORT": receiver.getsockname()[1]}.items():
            monkeypatch.setenv(f"AIRFLOW__METRICS__STATSD_{name}", str(value))
        stats.initialize(factory=get_stats_factory(), export_legacy_names=False)
        yield Statsd(receiver)
        backend._get_backend().statsd.close()
        stats.initialize(factory=NoStatsLogger, export_legacy_names=False)


@pytest.fixture
def books(tmp_path, connection) -> Iterator[Books]:
    with books_of(tmp_path, connection, 0, has_limits=False) as books:
        yield books


def loaded(books: Books, data_set: str):
    """Run the task of a data set as Airflow does, and return it."""
    from exact_online.operators import ExactOnlineToRawOperator

    task = ExactOnlineToRawOperator(task_id="t", administration_id=books.administration_id, data_set=data_set)
    context = {
        "run_id": "r",
        "params": {"data_sets": list(catalogue.DATA_SETS), "full_refresh": False, "from_date": None},
        "dag_run": SimpleNamespace(dag_id="d", run_id="r"),
        "ti": SimpleNamespace(task_id="t", get_task_states=lambda **_: {}, xcom_pull=lambda task_ids: None),
    }
    try:
        task.execute(context)
    except Exception as exc:
        task.failure = exc
    return task


def test_a_load_sends_its_calls_and_rows_as_the_load_log_has_them(books, connection, statsd):
    loaded(books, "outstanding_items")
    statsd.read()
    calls, read, changed = connection.execute(
        "select sum(calls), sum(rows_read), sum(rows_inserted + rows_updated + rows_deleted) from exact_ops.loads"
    ).fetchone()
    assert read > 100
    assert statsd.counters["airflow.exact_online.calls"] == calls
    assert statsd.counters["airflow.exact_online.rows_read"] == read
    assert statsd.counters["airflow.exact_online.rows_changed"] == changed
    assert statsd.counters["airflow.exact_online.loads.succeeded"] == len(catalogue.of_data_set("outstanding_items"))
    assert "airflow.exact_online.waited_seconds" in statsd.counters


def test_a_load_that_failed_sends_that_too_and_a_second_one_counts_only_itself(books, statsd):
    books.exact.sandbox.faults.add([{"path_contains": "PaymentTerms", "status": 400, "times": 9}])
    loaded(books, "outstanding_items")
    statsd.read()
    assert statsd.counters["airflow.exact_online.loads.failed"] == 1
    before = dict(statsd.counters)
    books.exact.sandbox.faults.clear()
    loaded(books, "outstanding_items")
    statsd.read()
    assert statsd.counters["airflow.exact_online.loads.failed"] == 1
    assert statsd.counters["airflow.exact_online.loads.succeeded"] == before["airflow.exact_online.loads.succeeded"] + 1


def test_a_look_sends_how_fresh_each_administration_is_and_what_is_wrong(books, connection, statsd):
    from exact_online.operators import WatchOperator

    connection.execute("update exact_ops.administrations set last_succeeded_at = now() - interval '30 hours'")
    WatchOperator(task_id="tell").execute({})
    statsd.read()
    age = statsd.gauges[f"airflow.exact_online.freshness_seconds.exact_online_nl_{books.code}"]
    assert 30 * 3600 <= age < 30 * 3600 + 60
    assert statsd.gauges["airflow.exact_online.alerts.stale"] == 1
    assert statsd.gauges["airflow.exact_online.alerts.failed"] == 0


def lineage_of(task) -> tuple[set[str], set[str]]:
    """Return what Airflow's OpenLineage provider extracts from a task that ended well."""
    from airflow.providers.openlineage.extractors.manager import ExtractorManager
    from airflow.sdk.api.datamodels._generated import TaskInstanceState

    run = SimpleNamespace(run_id="r", dag_id="d")
    found = ExtractorManager().extract_metadata(run, task, TaskInstanceState.SUCCESS, task_instance=SimpleNamespace())
    return tuple({f"{each.namespace} {each.name}" for each in side} for side in (found.inputs, found.outputs))


def test_openlineage_is_told_which_resources_were_read_and_which_tables_written(books, warehouse_url):
    read, written = lineage_of(loaded(books, "fiscal_periods"))
    parts = conninfo_to_dict(warehouse_url)
    address = f"postgres://{parts['host']}:{parts['port']} {parts['dbname']}"
    assert f"{address}.exact_raw.financial_periods" in written
    assert f"{books.exact.url} {books.code}/financial/FinancialPeriods" in read
    assert len(read) == len(written) == len(catalogue.of_data_set("fiscal_periods"))


def test_openlineage_is_told_which_tables_dbt_read_and_built(tmp_path, monkeypatch, warehouse_url):
    from exact_online import dbt_build
    from exact_online.operators import DbtBuildOperator

    monkeypatch.setenv("EXACT_ONLINE_DBT_TARGET_DIR", str(tmp_path))
    nodes = {
        "model.p.stg": {"schema": "staging", "alias": "stg", "depends_on": {"nodes": ["source.p.raw.lines"]}},
        "model.p.fct": {"schema": "marts", "alias": "fct", "depends_on": {"nodes": ["model.p.stg", "seed.p.map"]}},
        "seed.p.map": {"schema": "intermediate", "alias": "map", "depends_on": {"nodes": []}},
        "test.p.unique": {"schema": "tests", "alias": "unique", "depends_on": {"nodes": ["model.p.fct"]}},
    }
    sources = {"source.p.raw.lines": {"schema": "exact_raw", "identifier": "lines"}}
    (tmp_path / "manifest.json").write_text(json.dumps({"nodes": nodes, "sources": sources}))
    results = [{"unique_id": id_, "status": "success"} for id_ in nodes if not id_.startswith("seed")]
    (tmp_path / "run_results.json").write_text(json.dumps({"results": results}))
    assert dbt_build.tables_of_last_run() == (
        [("exact_raw", "lines"), ("intermediate", "map")],
        [("marts", "fct"), ("staging", "stg")],
    )
    task = DbtBuildOperator(task_id="marts", selector="marts")
    read, written = lineage_of(task)
    assert any(each.endswith(".marts.fct") for each in written)
    assert any(each.endswith(".exact_raw.lines") for each in read)


def test_the_sample_dashboard_shows_what_is_sent_and_nothing_else(books, statsd):
    from exact_online.operators import WatchOperator

    books.exact.sandbox.faults.add([{"path_contains": "PaymentTerms", "status": 400, "times": 9}])
    loaded(books, "outstanding_items")
    WatchOperator(task_id="tell").execute({})
    statsd.read()
    sent = [name.replace(".", "_") for name in {**statsd.counters, **statsd.gauges}]
    dashboard = json.loads((ROOT / "docs" / "grafana-dashboard.json").read_text("utf-8"))
    asked = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    shown = {match for expression in asked for match in re.findall(r"airflow_exact_online[a-z_]+", expression)}
    assert len(shown) == 7
    assert {name for name in shown if not any(each.startswith(name) for each in sent)} == set()
