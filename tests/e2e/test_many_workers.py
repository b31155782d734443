"""Thirty administrations, one of them huge, on two Celery workers; then a soak with faults and killed workers.

The marts are paused: they have tests of their own. `SOAK_SECONDS` sets how long the soak lasts.
"""

from __future__ import annotations

import os
import random
import re
import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import msgspec
import psutil
import pytest
import requests

from exact_online.cipher import Cipher
from exact_online.oauth import Token
from exact_online.vault import store_token
from stack import commands, demo, processes, supervisor
from tests.e2e.completeness import assert_copy_is_complete
from tests.e2e.conftest import Demo, running_stack, wait_until

pytestmark = pytest.mark.slow
HUGE = 1000001
SOAK_SECONDS = float(os.environ.get("SOAK_SECONDS") or 60)
SECONDS_BETWEEN_KILLS = 40
#: A task that ended, or was never meant to run.
OVER = {"success", "failed", "skipped", "upstream_failed", "removed"}
FAULTS = (
    {"status": 503},
    {"kind": "reset"},
    {"kind": "truncate"},
    {"kind": "lost"},
    {"kind": "slow", "seconds": 5},
    {"kind": "html"},
)
LONG_LIVED = ("api-server", "scheduler", "dag-processor", "triggerer")
#: What a component may grow by between the first and the last third of the soak.
GROWTH_BYTES = 60 * 1024**2


@pytest.fixture(scope="module")
def fleet(tmp_path_factory) -> Iterator[Demo]:
    """Thirty administrations, selected and about to be imported; a task that stops beating is given up after 30 s."""
    made = running_stack(
        tmp_path_factory,
        "fleet",
        SANDBOX_SIZE="many",
        EXECUTOR="CeleryExecutor",
        STACK_AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT="30",
    )
    for stack in made:
        demo.connect(stack.settings)
        wait_until(lambda stack=stack: "exact_online_marts" in stack.airflow.dag_ids(), 60)
        stack.airflow.pause("exact_online_marts")
        commands.plugin(stack.settings, "select", *map(str, codes(stack)))
        yield stack


def codes(fleet: Demo) -> list[int]:
    return fleet.sandbox("GET", "health")["administrations"]


def dag_of(code: int) -> str:
    return f"exact_online_nl_{code}"


def imports(fleet: Demo) -> list[dict]:
    """Return the runs of all administrations, the newest last."""
    return [run for run in fleet.airflow.runs() if run["dag_id"].startswith("exact_online_nl_")]


def all_over(fleet: Demo, wanted: dict[str, str] | None = None) -> bool:
    """Whether the runs {dag id: run id}, or the latest run of every administration, are over."""
    runs = {run["dag_id"]: run for run in imports(fleet) if not wanted or run["dag_run_id"] in wanted.values()}
    done = [run for run in runs.values() if run["state"] in ("success", "failed")]
    return len(done) == len(wanted or codes(fleet))


def intervals(tasks: list[dict]) -> list[tuple[str, int]]:
    """Return (moment, +1 or -1) for each task that ran, in order; one that ends frees its place first."""
    ran = [task for task in tasks if task["start_date"] and task["end_date"]]
    return sorted([(task["start_date"], 1) for task in ran] + [(task["end_date"], -1) for task in ran])


def most_at_once(tasks: list[dict]) -> int:
    running = most = 0
    for _, change in intervals(tasks):
        running += change
        most = max(most, running)
    return most


def taken_by(fleet: Demo, worker: str) -> int:
    """Return how many tasks a worker was given, by its own log."""
    text = supervisor.log_of(fleet.settings, worker).read_text("utf-8", errors="replace")
    return len(re.findall(r"execute_workload\[[0-9a-f-]+\] received", text))


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
    assert most_at_once(huge) <= 4, "of 16 places"
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


def make_the_grant_due(fleet: Demo) -> None:
    """Let ten minutes pass for the grant: on both sides, so that the next task of any worker must refresh it."""
    fleet.sandbox("POST", "tokens", json={"older_seconds": 600})
    cipher = Cipher(fleet.settings.secrets().fernet_key)
    with commands.warehouse(fleet.settings) as connection:
        ((integration_id, pair),) = connection.execute(
            "select integration_id, token_ciphertext from exact_ops.integrations"
        ).fetchall()
        token = msgspec.json.decode(cipher.decrypt(pair), type=Token)
        older = msgspec.structs.replace(token, issued_at=token.issued_at - timedelta(seconds=600))
        store_token(connection, cipher, integration_id, older)


def kill_worker(fleet: Demo, name: str) -> bool:
    """Kill a worker with all its tasks, as a machine that goes down does; return whether it was running tasks."""
    (worker,) = [each for each in supervisor.recorded(fleet.settings) if each.name == name]
    process = worker.process()
    if process is None:
        return False
    family = process.children(recursive=True)
    # The pool itself stands directly below the worker; what a pool process started is a task.
    busy = any(child.children() for child in process.children())
    process.kill()
    processes.kill_session(worker.pid, family)
    return busy


def resident(fleet: Demo) -> dict[str, int]:
    """Return the memory of each long-lived component's own process."""
    found = {}
    for each in supervisor.recorded(fleet.settings):
        process = each.process()
        if each.name in LONG_LIVED and process:
            found[each.name] = process.memory_info().rss
    return found


def test_a_soak_with_faults_and_killed_workers_loses_and_doubles_nothing(fleet, capsys):
    rng = random.Random("soak")
    began = last_kill = time.monotonic()
    kills, rounds, memory = Counter(), 0, []
    while time.monotonic() - began < SOAK_SECONDS:
        rounds += 1
        fleet.sandbox("POST", "advance", json={"steps": rng.randint(5, 15)})
        make_the_grant_due(fleet)
        chosen = rng.sample(codes(fleet), 12)
        for fault in rng.sample(FAULTS, 3):
            where = {"path_contains": f"/{rng.choice(chosen)}/", "nth": rng.randint(1, 6)}
            fleet.sandbox("POST", "faults", json=[{**where, **fault}])
        wanted = {dag_of(code): fleet.airflow.trigger(dag_of(code)) for code in chosen}
        while not all_over(fleet, wanted):
            memory.append(resident(fleet))
            if time.monotonic() - last_kill > SECONDS_BETWEEN_KILLS and time.monotonic() - began < SOAK_SECONDS:
                victim = rng.choice(supervisor.WORKERS)
                kills[victim] += kill_worker(fleet, victim)
                last_kill = time.monotonic()
            assert time.monotonic() - began < SOAK_SECONDS + 400, "a run hangs"
            time.sleep(1)
    fleet.sandbox("DELETE", "faults")
    settle(fleet)
    for code in codes(fleet):
        assert_copy_is_complete(fleet, code)
    for name, value in {"rounds": rounds, "kills": dict(kills), **figures(fleet, memory)}.items():
        with capsys.disabled():
            sys.stdout.write(f"\nsoak: {name}: {value}")
    assert kills.total() >= 1
    assert_memory_is_flat(memory)


def settle(fleet: Demo) -> None:
    """Import every administration once more and find nothing under way afterwards."""
    wanted = {dag_of(code): fleet.airflow.trigger(dag_of(code)) for code in codes(fleet)}
    wait_until(lambda: all_over(fleet, wanted), 400)
    states = {run["state"] for run in imports(fleet) if run["dag_run_id"] in wanted.values()}
    assert states == {"success"}
    hanging = [task for task in fleet.airflow.tasks() if task["state"] not in OVER and "nl" in task["dag_id"]]
    assert hanging == []


def figures(fleet: Demo, memory: list[dict[str, int]]) -> dict:
    """Return what the soak did, for the record."""
    retried = [task for task in fleet.airflow.tasks() if task["try_number"] > 1]
    return {
        "runs": len(imports(fleet)),
        "tasks": len(fleet.airflow.tasks()),
        "retried": len(retried),
        "calls": fleet.sandbox("GET", "calls")["total"],
        "megabytes": {name: size // 1024**2 for name, size in memory[-1].items()},
    }


def assert_memory_is_flat(memory: list[dict[str, int]]) -> None:
    third = len(memory) // 3
    for name in LONG_LIVED:
        before = statistics.median(each[name] for each in memory[:third] if name in each)
        after = statistics.median(each[name] for each in memory[-third:] if name in each)
        assert after - before < GROWTH_BYTES, (name, before, after)


def test_one_grant_was_refreshed_once_per_round_however_many_tasks_wanted_it(fleet):
    outcomes = Counter(outcome for (outcome,) in fleet.sql("select outcome from exact_ops.token_calls"))
    assert set(outcomes) == {"stored"}, outcomes
    assert fleet.sandbox("GET", "calls")["token_calls"] == outcomes["stored"] + 1, "and one that exchanged the code"
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
