"""When the marts are due: after anything that moved since the build that stands began, and only then."""

from __future__ import annotations

import pytest

from exact_online import builds, outcomes, registry, removals

pytestmark = pytest.mark.integration


@pytest.fixture
def load(connection, administration_id):
    """Return a function that writes a load which ended."""

    def write() -> None:
        connection.execute(
            "insert into exact_ops.loads (administration_id, endpoint, data_set, run_id, kind, finished_at, outcome) "
            "values (%s, 'journals', 'general_ledger', 'run-1', 'snapshot', clock_timestamp(), 'succeeded')",
            (administration_id,),
        )

    return write


def build(connection, run_id: str) -> None:
    builds.begin(connection, run_id)
    builds.finish(connection, run_id)


def test_marts_that_were_never_built_are_due(connection):
    assert builds.freshness(connection) == {"built_at": None, "is_up_to_date": False}


def test_a_finished_build_shows_everything_until_something_moves(connection, load):
    load()
    build(connection, "a")
    assert not builds.is_due(connection)
    assert builds.freshness(connection)["built_at"] is not None
    load()
    assert builds.is_due(connection)


def test_a_load_that_ends_during_a_build_is_due_after_it(connection, load):
    builds.begin(connection, "a")
    load()
    builds.finish(connection, "a")
    assert builds.is_due(connection)


def test_a_build_that_did_not_finish_does_not_count(connection, load):
    build(connection, "a")
    load()
    builds.begin(connection, "b")
    assert builds.is_due(connection)


def test_a_run_that_begins_again_counts_once_it_finishes_again(connection, load):
    build(connection, "a")
    builds.begin(connection, "a")
    assert builds.is_due(connection)
    builds.finish(connection, "a")
    assert not builds.is_due(connection)


def test_a_change_in_the_registry_and_a_purge_are_due(connection, administration_id, load):
    load()
    build(connection, "a")
    outcomes.set_status(connection, administration_id, "succeeded")
    assert builds.is_due(connection)
    build(connection, "b")
    removals.disconnect(connection, registry.administrations(connection), purge=True)
    assert builds.is_due(connection)


def test_the_first_build_of_a_day_that_finishes_proves_whole_tables(connection, load):
    builds.begin(connection, "yesterday")
    builds.finish(connection, "yesterday")
    connection.execute("update exact_ops.mart_builds set started_at = now() - interval '1 day'")
    builds.begin(connection, "red")
    assert builds.proves_whole_tables(connection, "red"), "none of today"
    builds.begin(connection, "first")
    assert builds.proves_whole_tables(connection, "first"), "none that finished"
    builds.finish(connection, "first")
    assert builds.proves_whole_tables(connection, "first"), "a task of it that is cleared"
    builds.begin(connection, "second")
    assert not builds.proves_whole_tables(connection, "second")
