"""Thirty administrations, one of them huge, on two Celery workers; then a soak at their limits.

The marts are paused: they have tests of their own. `SOAK_SECONDS` sets how long the soak lasts.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterator

import psutil
import pytest
import requests

from stack import commands, demo, supervisor
from tests.e2e.completeness import assert_copy_is_complete
from tests.e2e.conftest import Demo, running_stack, wait_until
from tests.e2e.fleet import HUGE, all_over, codes, dag_of, imports, make_the_grant_due, most_at_once, taken_by
from tests.e2e.soak import GROWTH_BYTES, Soak

pytestmark = pytest.mark.slow
SOAK_SECONDS = float(os.environ.get("SOAK_SECONDS") or 60)
#: Of both workers together: thirty administrations at their limit are thirty tasks that mostly wait, one of each.
PLACES, TASKS_PER_ADMINISTRATION = 32, 1
#: A task that ended, or was never meant to run.
OVER = {"success", "failed", "skipped", "upstream_failed", "removed"}


@pytest.fixture(scope="module")
def fleet(tmp_path_factory) -> Iterator[Demo]:
    """Thirty administrations, selected and about to be imported; a task that stops beating is given up after 30 s."""
    made = running_stack(
        tmp_path_factory,
        "fleet",
        SANDBOX_SIZE="many",
        EXECUTOR="CeleryExecutor",
        STACK_AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT="30",
        STACK_AIRFLOW__API__WORKERS="2",
        STACK_AIRFLOW__CORE__PARALLELISM=str(PLACES),
        STACK_AIRFLOW__CELERY__WORKER_CONCURRENCY=str(PLACES // 2),
        STACK_AIRFLOW__EXACT_ONLINE__TASKS_PER_ADMINISTRATION=str(TASKS_PER_ADMINISTRATION),
    )
    for stack in made:
        demo.connect(stack.settings)
        wait_until(lambda stack=stack: "exact_online_marts" in stack.airflow.dag_ids(), 60)
        stack.airflow.pause("exact_online_marts")
        commands.plugin(stack.settings, "select", *map(str, codes(stack)))
        yield stack


def test_thirty_administrations_are_imported_by_two_workers_and_each_is_complete(fleet):
    wait_until(lambda: all_over(fleet), 600)
    assert {run["state"] for run in imports(fleet)} == {"success"}
    for code in codes(fleet):
        assert_copy_is_complete(fleet, code)
    taken = [taken_by(fleet, worker) for worker in supervisor.WORKERS]
    assert sum(taken) >= 30 * 12
    assert min(taken) > 100, taken


def test_a_huge_administration_takes_no_more_than_its_share(fleet):
    tasks = fleet.airflow.tasks()
    huge = [task for task in tasks if task["dag_id"] == dag_of(HUGE)]
    others = [task for task in tasks if task["dag_id"] in {dag_of(code) for code in codes(fleet)} - {dag_of(HUGE)}]
    assert most_at_once(huge) == TASKS_PER_ADMINISTRATION, f"of {PLACES} places"
    assert most_at_once(others) >= 8
    ended = max(task["end_date"] for task in huge)
    meanwhile = {task["dag_id"] for task in others if task["end_date"] < ended}
    assert len(meanwhile) == 29, "every other administration got on while the huge one was read"


def test_the_budgets_hold_across_workers(fleet):
    calls = fleet.sandbox("GET", "calls")
    assert calls["refused"] == 0
    made = {int(code): sum(paths.values()) for code, paths in calls["calls"].items() if code.isdigit()}
    counted = dict(fleet.sql("select division_code, day_used from exact_ops.call_budgets where division_code > 0"))
    assert made.keys() >= set(codes(fleet))
    # What is asked of no administration in particular counts against the user's own one.
    assert counted.pop(HUGE) >= made.pop(HUGE)
    assert {code: counted[code] for code in made} == made


def test_a_soak_at_the_limit_with_faults_and_killed_workers_loses_and_doubles_nothing(fleet, capsys):
    soak = Soak(fleet)
    soak.last(SOAK_SECONDS)
    for name, value in {"seconds": SOAK_SECONDS, **soak.figures()}.items():
        with capsys.disabled():
            sys.stdout.write(f"\nsoak: {name}: {value}")
    refreshed = refreshes(fleet)
    make_the_grant_due(fleet)
    settle(fleet)
    assert refreshes(fleet) == refreshed + 1, "thirty administrations found the grant run out, one of them refreshed it"
    for code in codes(fleet):
        assert_copy_is_complete(fleet, code)
    assert soak.kills.total() >= 1
    assert {name: grown for name, grown in soak.growth().items() if grown >= GROWTH_BYTES} == {}
    assert soak.share > 0.7


def settle(fleet: Demo) -> None:
    """Import every administration once more and find nothing under way afterwards."""
    wanted = {dag_of(code): fleet.airflow.trigger(dag_of(code)) for code in codes(fleet)}
    wait_until(lambda: all_over(fleet, wanted), 400)
    states = {run["state"] for run in imports(fleet) if run["dag_run_id"] in wanted.values()}
    assert states == {"success"}
    hanging = [task for task in fleet.airflow.tasks() if task["state"] not in OVER and "nl" in task["dag_id"]]
    assert hanging == []


def refreshes(fleet: Demo) -> int:
    """Return how often the grant was refreshed. Fails where one of them was not stored."""
    outcomes = Counter(outcome for (outcome,) in fleet.sql("select outcome from exact_ops.token_calls"))
    assert set(outcomes) <= {"stored"}, outcomes
    return outcomes["stored"]


def test_no_refresh_was_made_that_was_not_stored(fleet):
    assert refreshes(fleet) >= 1
    assert fleet.sandbox("GET", "calls")["token_calls"] == refreshes(fleet) + 1, "and one that exchanged the code"
    assert fleet.sandbox("GET", "calls")["refused"] == 0


def test_the_broker_wants_its_password(fleet):
    import redis

    with pytest.raises(redis.AuthenticationError):
        redis.Redis(port=fleet.settings.redis_port).ping()
    with redis.Redis(port=fleet.settings.redis_port, password=fleet.settings.redis_password()) as client:
        assert client.ping()


def test_down_stops_broker_and_workers_too(fleet):
    known = supervisor.recorded(fleet.settings)
    assert {each.name for each in known} >= {"redis", *supervisor.WORKERS}
    assert fleet.stack("down").returncode == 0
    assert [each.name for each in known if each.process()] == []
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{fleet.settings.airflow_url}/api/v2/monitor/health", timeout=5)
    assert not psutil.pid_exists(known[0].pid)
