"""The selectors Airflow runs one after the other: together they are the whole project, each node once, in order."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.dbt.project import list_nodes
from tests.dbt.test_manifest import AREAS, SELECTORS

pytestmark = pytest.mark.integration
KINDS = ["model", "seed", "test", "unit_test"]


@pytest.fixture(scope="module")
def steps(parsed, manifest) -> list[set[str]]:
    """What each selector builds, in the order Airflow runs them."""
    return [set(found) for found in list_nodes([["--selector", name] for name in SELECTORS], KINDS, parsed)]


def test_the_selectors_build_everything_exactly_once(steps, manifest):
    everything = {unique_id for unique_id, node in manifest["nodes"].items() if node["resource_type"] in KINDS}
    everything |= set(manifest["unit_tests"])
    counts = Counter(unique_id for step in steps for unique_id in step)
    assert set(counts) == everything
    assert [unique_id for unique_id, count in counts.items() if count > 1] == []


def test_the_areas_together_are_the_marts(steps, parsed):
    areas = [set(found) for found in list_nodes([["--selector", name] for name in AREAS], KINDS, parsed)]
    counts = Counter(unique_id for area in areas for unique_id in area)
    assert [unique_id for unique_id, count in counts.items() if count > 1] == []
    assert set(counts) == steps[SELECTORS.index("marts")]


def test_no_selector_needs_a_later_one(steps, parsed, manifest):
    assert needs_later(steps, manifest) == []
    areas = [set(found) for found in list_nodes([["--selector", name] for name in AREAS], KINDS, parsed)]
    assert needs_later(areas, manifest) == []


def needs_later(steps, manifest) -> list[tuple[str, str]]:
    step_of = {unique_id: position for position, step in enumerate(steps) for unique_id in step}
    nodes = {**manifest["nodes"], **manifest["unit_tests"]}
    return [
        (unique_id, parent)
        for unique_id, position in step_of.items()
        for parent in nodes[unique_id]["depends_on"].get("nodes", [])
        if parent in step_of and step_of[parent] > position
    ]
