"""What tests of many administrations on two workers do with the stack all the time."""

from __future__ import annotations

import re
from datetime import timedelta

import msgspec

from exact_online.cipher import Cipher
from exact_online.oauth import Token
from exact_online.vault import store_token
from stack import commands, processes, supervisor
from stack.airflow_runs import OVER
from tests.e2e.conftest import Demo

#: The administration that has as many lines as twenty others together.
HUGE = 1000001
LONG_LIVED = ("api-server", "scheduler", "dag-processor", "triggerer")


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
    done = [run for run in runs.values() if run["state"] in OVER]
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
