"""Scenario of a night: what Airflow's processes take for one administration that has nothing new.

The stack with its sandbox, every administration imported once; then all are triggered and the processor time of
Airflow's components and their tasks is taken, less what they take when nothing runs. Our own work is in it.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from unittest import mock

import psutil
import requests

from bench.measure import BenchError
from bench.paths import ROOT, WORK
from stack import commands, demo, lifecycle, ports, settings, supervisor
from stack.airflow_runs import AirflowRuns

COMPONENTS = ("api-server", "scheduler", "dag-processor", "triggerer")
_MARTS = "exact_online_marts"
_IDLE_SECONDS = 30


@dataclass(frozen=True)
class Night:
    """Of one administration: seconds of processor time, and how many tasks it was."""

    cpu_seconds: float
    tasks: int


def nights(is_preloaded: bool, rounds: int) -> list[Night]:
    """Return one night after the other of the five administrations of the small sandbox.

    :param is_preloaded: False leaves each task to import for itself, as Airflow does by default.
    """
    with _stack(is_preloaded) as running:
        airflow = AirflowRuns(running)
        demo.connect(running)
        lifecycle.wait_for_airflow(running)
        _until(lambda: _MARTS in airflow.dag_ids())
        airflow.pause(_MARTS)
        codes = [str(each["code"]) for each in commands.plugin_json(running, "administrations")][:5]
        commands.plugin(running, "select", *codes)
        imports = [f"exact_online_nl_{code}" for code in codes]
        _until(lambda: len(_over(airflow, imports)) == len(imports))
        idle = _cpu_per_second(running)
        return [_one_night(running, airflow, imports, idle) for _ in range(rounds)]


def _one_night(running: settings.Settings, airflow: AirflowRuns, imports: list[str], idle: float) -> Night:
    before, began = _cpu_seconds(running), time.monotonic()
    runs = {airflow.trigger(dag_id) for dag_id in imports}
    _until(lambda: runs <= set(_over(airflow, imports)))
    time.sleep(5)  # the last task's process ends after its run
    spent = _cpu_seconds(running) - before - idle * (time.monotonic() - began)
    tasks = [task for task in airflow.tasks() if task["dag_run_id"] in runs]
    failed = {task["task_id"] for task in tasks if task["state"] != "success"}
    if failed:
        raise BenchError(f"a night failed: {failed}")
    return Night(spent / len(imports), len(tasks) // len(imports))


@contextmanager
def _stack(is_preloaded: bool) -> Iterator[settings.Settings]:
    WORK.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=WORK) as folder:
        own = {"STACK_DIR": f"{folder}/stack", "HOME": folder, "SANDBOX_SIZE": "small"}
        own |= {"STACK_AIRFLOW__EXACT_ONLINE__PRELOAD": str(is_preloaded)}
        own |= {name: str(ports.free_port()) for name in settings.DEFAULT_PORTS}
        with mock.patch.dict(os.environ, own):
            try:
                _program("up", "--sandbox")
                yield settings.load()
            finally:
                _program("down")


def _program(*arguments: str) -> None:
    command = [sys.executable, "-m", "stack", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BenchError(f"stack {arguments[0]}: {done.stdout[-500:]} {done.stderr[-500:]}")


def _cpu_per_second(running: settings.Settings) -> float:
    time.sleep(5)
    before = _cpu_seconds(running)
    time.sleep(_IDLE_SECONDS)
    return (_cpu_seconds(running) - before) / _IDLE_SECONDS


def _cpu_seconds(running: settings.Settings) -> float:
    """Return what Airflow's components, their children and the children that have ended took so far."""
    total = 0.0
    for component in supervisor.recorded(running):
        process = component.process()
        if component.name not in COMPONENTS or process is None:
            continue
        for member in [process, *process.children(recursive=True)]:
            try:
                total += sum(member.cpu_times()[:4])
            except psutil.NoSuchProcess:
                continue
    return total


def _over(airflow: AirflowRuns, imports: list[str]) -> list[str]:
    runs = [run for run in airflow.runs() if run["dag_id"] in imports]
    return [run["dag_run_id"] for run in runs if run["state"] in ("success", "failed")]


def _until(condition: Callable[[], bool], seconds: float = 300) -> None:
    ends = time.monotonic() + seconds
    while True:
        try:
            if condition():
                return
        except requests.RequestException:
            pass
        if time.monotonic() > ends:
            raise BenchError("Airflow did not come to an end in time")
        time.sleep(1)


def median_seconds(found: list[Night]) -> float:
    """Return the median of the processor seconds."""
    return statistics.median(each.cpu_seconds for each in found)
