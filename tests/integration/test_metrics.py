"""What a load and a look send to StatsD and to OpenTelemetry: through Airflow's own code, set as the README says."""

from __future__ import annotations

import atexit
import json
import os
import re
import socket
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.metrics.v1.metrics_pb2 import AggregationTemporality

from exact_online import catalogue
from tests.integration.books import Books, books_of
from tests.integration.tasks import load, look
from tests.readme import ROOT, setting, settings
from tests.receivers import Sink, listening

pytestmark = pytest.mark.integration


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
def airflow_metrics() -> Iterator[Callable[[], Any]]:
    """Give a function that makes Airflow read its settings and returns what it then sends with."""
    from airflow.sdk._shared.observability.metrics import stats as backend
    from airflow.sdk._shared.observability.metrics.base_stats_logger import NoStatsLogger
    from airflow.sdk.observability import stats
    from airflow.sdk.observability.metrics.stats_utils import get_stats_factory

    def begin() -> Any:
        stats.initialize(factory=get_stats_factory(), export_legacy_names=False)
        return backend._get_backend()

    yield begin
    stats.initialize(factory=NoStatsLogger, export_legacy_names=False)


@pytest.fixture
def statsd(monkeypatch, airflow_metrics) -> Iterator[Statsd]:
    """Airflow's metrics, sent to a socket of ours."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(0.2)
        for name in ("AIRFLOW__METRICS__STATSD_ON", "AIRFLOW__METRICS__STATSD_HOST", "AIRFLOW__METRICS__STATSD_PORT"):
            monkeypatch.setenv(name, settings()[name])
        monkeypatch.setenv("AIRFLOW__METRICS__STATSD_HOST", "127.0.0.1")
        monkeypatch.setenv("AIRFLOW__METRICS__STATSD_PORT", str(receiver.getsockname()[1]))
        logger = airflow_metrics()
        yield Statsd(receiver)
        logger.statsd.close()


def set_collector(monkeypatch: pytest.MonkeyPatch, sink: Sink) -> None:
    """Set what the README tells to set for OpenTelemetry, with the collector here."""
    for name in settings():
        if name.startswith(("AIRFLOW__METRICS__OTEL_", "OTEL_")):
            monkeypatch.setenv(name, settings()[name])
    endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT"
    monkeypatch.setenv(endpoint, setting(endpoint, ("http://collector.example.com:4318", sink.url)))


class Collector:
    """An OpenTelemetry collector: says what the figures of ours were, with their attributes."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink

    def figures(self) -> dict[tuple[str, frozenset], float]:
        """Return {(name, attributes): value} of all that arrived, counters added up."""
        found: dict[tuple[str, frozenset], float] = {}
        for request in self._sink.requests:
            assert request.path == "/v1/metrics"
            for metric in self._metrics(request.body):
                is_counter = metric.HasField("sum")
                if is_counter:
                    assert metric.sum.is_monotonic
                    assert metric.sum.aggregation_temporality == AggregationTemporality.AGGREGATION_TEMPORALITY_DELTA
                for point in (metric.sum if is_counter else metric.gauge).data_points:
                    tags = frozenset((each.key, each.value.string_value) for each in point.attributes)
                    value = point.as_int if point.HasField("as_int") else point.as_double
                    before = found.get((metric.name, tags), 0) if is_counter else 0
                    found[metric.name, tags] = before + value
        return found

    def _metrics(self, body: bytes) -> Iterator[Any]:
        for resource in ExportMetricsServiceRequest.FromString(body).resource_metrics:
            for scope in resource.scope_metrics:
                yield from (metric for metric in scope.metrics if metric.name.startswith("airflow.exact_online."))


@pytest.fixture
def collector(monkeypatch, airflow_metrics) -> Iterator[Collector]:
    """Airflow's metrics, sent to a collector of ours when it is asked."""
    from airflow.sdk._shared.observability.metrics import otel_logger

    with listening() as sink:
        set_collector(monkeypatch, sink)
        provider = airflow_metrics().otel
        found = Collector(sink)
        found.flush = provider.force_flush
        yield found
        provider.shutdown()
        atexit.unregister(otel_logger.flush_otel_metrics)


@pytest.fixture
def books(tmp_path, connection) -> Iterator[Books]:
    with books_of(tmp_path, connection, 0, has_limits=False) as books:
        yield books


def test_a_load_sends_its_calls_and_rows_as_the_load_log_has_them(books, connection, statsd):
    load(books, "outstanding_items")
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
    load(books, "outstanding_items")
    statsd.read()
    assert statsd.counters["airflow.exact_online.loads.failed"] == 1
    before = dict(statsd.counters)
    books.exact.sandbox.faults.clear()
    load(books, "outstanding_items")
    statsd.read()
    assert statsd.counters["airflow.exact_online.loads.failed"] == 1
    assert statsd.counters["airflow.exact_online.loads.succeeded"] == before["airflow.exact_online.loads.succeeded"] + 1


def test_a_look_sends_how_fresh_each_administration_is_and_what_is_wrong(books, connection, statsd):
    connection.execute("update exact_ops.administrations set last_succeeded_at = now() - interval '30 hours'")
    look()
    statsd.read()
    age = statsd.gauges[f"airflow.exact_online.freshness_seconds.exact_online_nl_{books.code}"]
    assert 30 * 3600 <= age < 30 * 3600 + 60
    assert statsd.gauges["airflow.exact_online.alerts.stale"] == 1
    assert statsd.gauges["airflow.exact_online.alerts.failed"] == 0


def test_opentelemetry_gets_every_figure_with_its_attributes(books, connection, collector):
    books.exact.sandbox.faults.add([{"path_contains": "PaymentTerms", "status": 400, "times": 9}])
    load(books, "outstanding_items")
    look()
    collector.flush()
    dag = f"exact_online_nl_{books.code}"
    task = {"administration": dag, "data_set": "outstanding_items"}
    expected = {("waited_seconds", frozenset(task.items())): 0}
    for endpoint, outcome, calls, read, changed in connection.execute(
        "select endpoint, outcome, calls, rows_read, rows_inserted + rows_updated + rows_deleted from exact_ops.loads"
    ):
        tags = frozenset({**task, "endpoint": endpoint}.items())
        figures = {"calls": calls, "rows_read": read, "rows_changed": changed, f"loads.{outcome}": 1}
        expected |= {(name, tags): value for name, value in figures.items()}
    assert {"loads.failed", "loads.succeeded"} < {name for name, _ in expected}
    kinds = ("reconnect", "idle", "failed", "stale", "unreconciled", "unmapped")
    expected |= {(f"alerts.{kind}", frozenset({("kind", kind)})): 0 for kind in kinds}
    age = (f"airflow.exact_online.freshness_seconds.{dag}", frozenset({("dag_id", dag)}))
    found = collector.figures()
    assert 0 < found.pop(age) < 600
    assert found == {(f"airflow.exact_online.{name}", tags): value for (name, tags), value in expected.items()}


def test_a_task_that_ends_at_once_has_sent_its_figures(monkeypatch):
    code = (
        "from airflow.sdk.observability import stats; from airflow.sdk.observability.metrics import stats_utils; "
        "stats.initialize(factory=stats_utils.get_stats_factory(), export_legacy_names=False); "
        "from exact_online import metrics; metrics.of_alerts({'stale': 2})"
    )
    with listening() as sink:
        set_collector(monkeypatch, sink)
        subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": "plugins"}, cwd=ROOT, check=True)
        assert Collector(sink).figures() == {("airflow.exact_online.alerts.stale", frozenset({("kind", "stale")})): 2}


def test_the_sample_dashboard_shows_what_is_sent_and_nothing_else(books, statsd):
    books.exact.sandbox.faults.add([{"path_contains": "PaymentTerms", "status": 400, "times": 9}])
    load(books, "outstanding_items")
    look()
    statsd.read()
    sent = {name.replace(".", "_") for name in {**statsd.counters, **statsd.gauges}}
    dashboard = json.loads((ROOT / "docs" / "grafana-dashboard.json").read_text("utf-8"))
    asked = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    shown = {match for expression in asked for match in re.findall(r"airflow_exact_online[a-z_]+", expression)}
    # A name that ends with an underscore stands for all that begin with it.
    shows = {
        each: {name for name in sent if name == each or (each[-1] == "_" and name.startswith(each))} for each in shown
    }
    assert {each for each, found in shows.items() if not found} == set(), "asked for and never sent"
    nothing_to_do = {f"airflow_exact_online_loads_{outcome}" for outcome in ("succeeded", "skipped")}
    assert sent - set().union(*shows.values()) <= nothing_to_do, "sent and shown nowhere"
