"""What a node costs in statements sent to PostgreSQL: counts that no machine changes. See bench/ for seconds."""

from __future__ import annotations

import logging
from collections import Counter

import pytest

from exact_online import dbt_build

pytestmark = pytest.mark.integration
#: Of one node, by what it makes, in a build in which nothing changed. A view or seed that stays costs one or two;
#: a test that looks at what is unproven asks first what that is, and one of staging of each of its three tables.
MOST = {"view": 6, "seed": 2, "table": 11, "incremental": 15, "test": 4}
#: Of all nodes together: some 180, a third of them tests.
MOST_IN_ALL = 790


@pytest.fixture
def sent(monkeypatch) -> Counter:
    """How many statements each node of dbt has sent so far."""
    from dbt.adapters.sql.connections import SQLConnectionManager

    counts: Counter = Counter()
    send = SQLConnectionManager.add_query

    def counting(manager, *args, **kwargs):
        counts[manager.get_thread_connection().name] += 1
        return send(manager, *args, **kwargs)

    monkeypatch.setattr(SQLConnectionManager, "add_query", counting)
    return counts


def kinds(manifest) -> dict[str, str]:
    return {
        id_: node["config"]["materialized"] if node["resource_type"] == "model" else node["resource_type"]
        for id_, node in manifest["nodes"].items()
    }


def test_no_node_sends_more_statements_than_its_kind_needs(warehouse, manifest, sent, tmp_path, monkeypatch):
    warehouse.build("--exclude-resource-type", "test")
    monkeypatch.setenv("EXACT_ONLINE_DBT_TARGET_DIR", str(tmp_path))
    for name, value in warehouse.variables.items():
        monkeypatch.setenv(name, value)
    for selector in ("staging", "marts", "proof"):
        _, failures = dbt_build.build(selector, warehouse.variables, logging.getLogger("task"))
        assert failures == []
    of_kind = kinds(manifest)
    counts = {id_: count for id_, count in sent.items() if id_ in of_kind}
    assert {id_: count for id_, count in counts.items() if count > MOST[of_kind[id_]]} == {}
    assert {id_ for id_ in of_kind if id_.startswith(("model.", "seed."))} <= set(counts)
    assert sum(counts.values()) <= MOST_IN_ALL


def test_what_is_staged_by_increments_is_found_by_an_index_on_its_load(warehouse, manifest):
    staged = {
        node["name"].removeprefix("stg_exact_online__")
        for node in manifest["nodes"].values()
        if node["name"].startswith("stg_exact_online__") and node["config"]["materialized"] == "incremental"
    }
    found = warehouse.rows(
        "select tablename from pg_indexes where schemaname = 'exact_raw' and indexdef like %s", "%(load_id)"
    )
    assert {table for (table,) in found} == staged
    assert len(staged) == 3
