"""What Celery makes of the settings of the stack and of the containers, read from Airflow's own Celery app."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from stack import environment, ports, settings, supervisor

ROOT = settings.ROOT
_ASK = """
import json
from airflow.providers.celery.executors.celery_executor import app
from airflow.providers.common.compat.sdk import conf
print(json.dumps({
    "acks_late": app.conf.task_acks_late,
    "prefetch": app.conf.worker_prefetch_multiplier,
    "visible_again": app.conf.broker_transport_options["visibility_timeout"],
    "places_of_a_worker": conf.getint("celery", "worker_concurrency"),
    "places": conf.getint("core", "parallelism"),
    "queued_again": conf.getint("scheduler", "task_queued_timeout"),
    "broker": app.conf.broker_url.split(":")[0],
}))
"""


def stack_variables(folder: Path) -> dict[str, str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STACK_DIR", str(folder))
        patch.setenv("EXECUTOR", settings.CELERY)
        for name in settings.DEFAULT_PORTS:
            patch.setenv(name, str(ports.free_port()))
        return environment.stack_environment(settings.load())


def container_variables(folder: Path) -> dict[str, str]:
    subprocess.run([ROOT / "bin" / "secrets", folder], check=True, capture_output=True)
    text = (ROOT / "docker-compose.yml").read_text("utf-8")
    usual = dict(re.findall(r"^ +(AIRFLOW__(?:CORE|CELERY)__\w+): \$\{\w+:-(\w+)\}$", text, re.MULTILINE))
    assert usual.keys() == {"AIRFLOW__CORE__PARALLELISM", "AIRFLOW__CELERY__WORKER_CONCURRENCY"}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    home = {"AIRFLOW_HOME": str(folder), "HOME": str(folder)}
    return {"PATH": path, "PYTHONPATH": str(ROOT / "plugins"), "SECRETS_MOUNT": str(folder), **home, **usual}


def asked(variables: dict[str, str], *command: str) -> dict[str, object]:
    """Return what Airflow's Celery app says of itself in that environment."""
    done = subprocess.run(
        [*command, sys.executable, "-c", _ASK], env=variables, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("where", ["stack", "containers"])
def test_a_task_is_lost_by_no_worker_and_kept_waiting_by_none(where, tmp_path):
    if where == "stack":
        found, workers = asked(stack_variables(tmp_path)), len(supervisor.WORKERS)
    else:
        found, workers = asked(container_variables(tmp_path), "bin/container"), 1
    assert found == {
        "acks_late": True,  # a task whose worker dies is still in the queue
        "prefetch": 1,
        "visible_again": 86400,  # longer than any load: no task runs twice because it takes long
        "places_of_a_worker": 8,
        "places": 8 * workers,  # more would wait in the queue, and there be taken for stuck
        "queued_again": 120,
        "broker": "redis",
    }
