"""What every task imports, imported once: Airflow forks its tasks from the scheduler or from a Celery worker.

A forked process has the modules of the one it was forked from. Without them each task of ours imports for half a
second of processor time and works for a tenth of one: two thirds of what a night costs (bench/, scenario `night`).
"""

from __future__ import annotations

import importlib
import importlib.util
import logging
import sys
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)

#: The components that fork tasks.
FORKING = ("scheduler", "celery")
#: Ours pull in all they need; the rest is what Airflow imports in each task besides.
MODULES = (
    "exact_online.operators",
    "exact_online.dag_source",
    "exact_online.notifiers",
    "airflow.providers.postgres.hooks.postgres",
    "airflow.sdk.execution_time.task_runner",
    "airflow.sdk.execution_time.cache",
    "airflow.dag_processing.bundles.local",
    "airflow.version",
    "jinja2.ext",
)


def preload() -> None:
    """Import what tasks need, in a component that forks them; a module that is missing is a warning, not an end."""
    if not set(FORKING) & set(sys.argv[1:2]):
        return
    for name in MODULES:
        try:
            importlib.import_module(name)
        except Exception as exc:
            log.warning("%s cannot be imported ahead of the tasks: %s", name, exc)


def settings_in(folder: Path) -> dict[str, Any]:
    """Return the names of the deployment's own `airflow_local_settings.py`, which ours would hide."""
    path = folder / "airflow_local_settings.py"
    spec = importlib.util.spec_from_file_location("airflow_local_settings_in_config", path)
    if not path.exists() or spec is None or spec.loader is None:
        return {}
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return {name: value for name, value in vars(module).items() if not name.startswith("__")}
