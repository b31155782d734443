"""Scenario of a night: what Airflow's processes take for one administration that has nothing new.

The stack with its sandbox, every administration imported once; then all are triggered and the processor time of
Airflow's components and their tasks is taken, less what they take when nothing runs. Our own work is in it.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from unittest import mock

import psutil
import requests

from bench.measure import BenchError, Measured, run
from bench.paths import WORK
from stack import commands, demo, lifecycle, ports, settings, supervisor
from stack.airflow_runs import MARTS, OVER, AirflowRuns
from tests.by_day import night_is_far

_STACK = [sys.executable, "-m", "stack"]
_IDLE_SECONDS = 30


def nights(is_preloaded: bool, rounds: int) -> list[Measured]:
    """Return one night after the other of the five administrations of the small sandbox, per administration.

    :param is_preloaded: False leaves each task to import for itself, as Airflow does by default.
    """
    with _stack(is_preloaded) as running:
        airflow = AirflowRuns(running)
        demo.connect(running)
        lifecycle.wait_for_airflow(running)
        _until(lambda: MARTS in airflow.dag_ids())
        airflow.pause(MARTS)
        codes = [str(each["code"]) for each in commands.plugin_json(running, "administrations")][:5]
        commands.plugin(running, "select", *codes)
        imports = [f"exact_online_nl_{code}" for code in codes]
        _until(lambda: len(_over(airflow, imports)) == len(imports))
        idle = _cpu_per_second(running)
        return [_one_night(running, airflow, imports, idle) for _ in range(rounds)]


def _one_night(running: settings.Settings, airflow: AirflowRuns, imports: list[str], idle: float) -> Measured:
    before, began = _cpu_seconds(running), time.monotonic()
    runs = {airflow.trigger(dag_id) for dag_id in imports}
    _until(lambda: runs <= set(_over(airflow, imports)))
    time.sleep(5)  # the last task's process ends after its run
    passed = time.monotonic() - began
    spent = _cpu_seconds(running) - before - idle * passed
    tasks = [task for task in airflow.tasks() if task["dag_run_id"] in runs]
    failed = {task["task_id"] for task in tasks if task["state"] != "success"}
    if failed:
        raise BenchError(f"a night failed: {failed}")
    return Measured(passed, passed, spent / len(imports), 0, {"tasks": len(tasks) // len(imports)})


@contextmanager
def _stack(is_preloaded: bool) -> Iterator[settings.Settings]:
    WORK.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=WORK) as folder:
        own = {"STACK_DIR": f"{folder}/stack", "HOME": folder, "SANDBOX_SIZE": "small"}
        own |= {"STACK_AIRFLOW__EXACT_ONLINE__PRELOAD": str(is_preloaded)}
        own |= night_is_far()
        own |= {name: str(ports.free_port()) for name in settings.DEFAULT_PORTS}
        with mock.patch.dict(os.environ, own):
            try:
                run([*_STACK, "up", "--sandbox"])
                yield settings.load()
            finally:
                run([*_STACK, "down"])


def _cpu_per_second(running: settings.Settings) -> float:
    time.sleep(5)
    before = _cpu_seconds(running)
    time.sleep(_IDLE_SECONDS)
    return (_cpu_seconds(running) - before) / _IDLE_SECONDS


def _cpu_seconds(running: settings.Settings) -> float:
    """Return what Airflow's components, their children and the children that have ended took so far."""
    components, total = supervisor.components(running, with_sandbox=False), 0.0
    for component in supervisor.recorded(running):
        process = component.process()
        if component.name not in components or process is None:
            continue
        for member in [process, *process.children(recursive=True)]:
            try:
                total += sum(member.cpu_times()[:4])
            except psutil.NoSuchProcess:
                continue
    return total


def _over(airflow: AirflowRuns, imports: list[str]) -> list[str]:
    runs = [each for each in airflow.runs() if each["dag_id"] in imports]
    return [each["dag_run_id"] for each in runs if each["state"] in OVER]


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
