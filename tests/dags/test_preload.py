"""What tasks are forked with: nothing of ours is left for each of them to import."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from exact_online.preload import MODULES
from tests.dags.conftest import ROOT

pytestmark = [pytest.mark.dags, pytest.mark.integration]

#: What we bring into a task; what Airflow imports for itself, its components have when they fork.
OURS = ("exact_online", "requests", "psycopg", "msgspec", "tenacity", "cryptography", "airflow.providers.postgres")
#: Starts as a component does, then parses the file of one task and lists what that imported.
PROGRAM = """
import json, runpy, sys
sys.argv = ["airflow", *sys.argv[1:]]
import airflow.settings
airflow.settings.initialize()
before = set(sys.modules)
from airflow.sdk.execution_time import task_runner
from airflow.providers.postgres.hooks.postgres import PostgresHook
from exact_online import dag_source, hook, operators
found = runpy.run_path("dags/exact_online_administrations.py")
print(json.dumps([sorted(before), sorted(set(sys.modules) - before)]))
"""


def modules_of(component: list[str], tmp_path, **variables: str) -> tuple[set[str], set[str]]:
    """Return the modules a component starts with, and those a task would import after them."""
    environment = {
        **os.environ,
        **{"AIRFLOW_HOME": str(tmp_path), "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins")},
        **{"AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"), "PYTHONPATH": "", "PYTHONWARNINGS": "default"},
        **{"_AIRFLOW_PARSING_CONTEXT_DAG_ID": "exact_online_nl_77", **variables},
    }
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *component],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert "ahead of the tasks" not in done.stderr
    before, after = json.loads(done.stdout.strip().splitlines()[-1])
    return set(before), set(after)


@pytest.mark.parametrize("component", [["scheduler"], ["celery", "worker"]], ids=" ".join)
def test_a_component_that_forks_tasks_has_imported_what_they_need(component, connection, administration_id, tmp_path):
    before, after = modules_of(component, tmp_path)
    assert set(MODULES) <= before
    assert {name for name in after if name.startswith(OURS)} == set()


def test_other_components_import_nothing_for_them(connection, administration_id, tmp_path):
    before, _ = modules_of(["api-server"], tmp_path)
    assert not {"exact_online.operators", "exact_online.hook", "exact_online.client"} & before


def test_who_changes_the_code_can_leave_it_to_each_task(connection, administration_id, tmp_path):
    before, _ = modules_of(["scheduler"], tmp_path, AIRFLOW__EXACT_ONLINE__PRELOAD="False")
    assert not {"exact_online.operators", "exact_online.hook", "exact_online.client"} & before


def test_the_deployments_own_settings_count_as_well(tmp_path):
    config = tmp_path / "config"
    config.mkdir()
    (config / "airflow_local_settings.py").write_text(
        "LIMIT = 3\n\n\ndef task_policy(task):\n    task.retries = LIMIT\n", encoding="utf-8"
    )
    program = (
        "import types; import airflow.settings; task = types.SimpleNamespace();"
        "airflow.settings.task_policy(task); print(task.retries)"
    )
    environment = {**os.environ, "AIRFLOW_HOME": str(tmp_path), "PYTHONPATH": str(ROOT / "plugins")}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.stdout.strip().splitlines()[-1:] == ["3"], done.stderr[-2000:]


def test_a_module_that_is_missing_keeps_no_component_from_starting(monkeypatch, caplog):
    from exact_online import preload

    monkeypatch.setattr(sys, "argv", ["airflow", "scheduler"])
    monkeypatch.setattr(preload, "MODULES", ("exact_online.gone", "json"))
    preload.preload()
    assert [each.getMessage() for each in caplog.records] == [
        "exact_online.gone cannot be imported ahead of the tasks: No module named 'exact_online.gone'"
    ]
