"""Watch DAG runs through Airflow's REST API: how far they are, how they ended, where the log of a failure is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from stack.environment import ADMIN
from stack.errors import StackError
from stack.settings import Settings

#: The states of a run in which nothing more happens.
OVER = ("success", "failed")
MARTS = "exact_online_marts"


@dataclass(frozen=True)
class Run:
    """One DAG run: its state and its tasks by state."""

    dag_id: str
    run_id: str
    state: str
    tasks: dict[str, str]

    @property
    def is_over(self) -> bool:
        """Whether nothing more happens."""
        return self.state in OVER

    @property
    def running(self) -> list[str]:
        """The tasks under way."""
        return sorted(task for task, state in self.tasks.items() if state == "running")


class AirflowRuns:
    """A logged-in reader of the stack's own Airflow."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._session = requests.Session()
        self._session.trust_env = False
        body = {"username": ADMIN, "password": settings.secrets().admin_password}
        answer = self._session.post(f"{settings.airflow_url}/auth/token", json=body, timeout=30)
        if not answer.ok:
            raise StackError(f"Airflow refused the stack's own login with status {answer.status_code}.")
        self._session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def run(self, dag_id: str, run_id: str) -> Run:
        """Return one run with its tasks."""
        found = self._get(f"dags/{dag_id}/dagRuns/{run_id}")
        states = {name: task["state"] or "" for name, task in self.instances(dag_id, run_id).items()}
        return Run(dag_id, run_id, found["state"], states)

    def latest(self, dag_id: str) -> Run | None:
        """Return the newest run, or None where there is none."""
        found = self._get(f"dags/{dag_id}/dagRuns", order_by="-run_after", limit=1, missing={"dag_runs": []})[
            "dag_runs"
        ]
        return self.run(dag_id, found[0]["dag_run_id"]) if found else None

    def instances(self, dag_id: str, run_id: str) -> dict[str, dict[str, Any]]:
        """Return the tasks of a run as Airflow describes them."""
        found = self._get(f"dags/{dag_id}/dagRuns/{run_id}/taskInstances", limit=100)["task_instances"]
        return {task["task_id"]: task for task in found}

    def trigger(self, dag_id: str, conf: dict[str, Any] | None = None) -> str:
        """Start a run with values of its trigger form and return its id."""
        url = f"{self._settings.airflow_url}/api/v2/dags/{dag_id}/dagRuns"
        answer = self._session.post(url, json={"logical_date": None, "conf": conf or {}}, timeout=30)
        answer.raise_for_status()
        return answer.json()["dag_run_id"]

    def pause(self, dag_id: str) -> None:
        """Let a DAG start no further runs."""
        url = f"{self._settings.airflow_url}/api/v2/dags/{dag_id}"
        self._session.patch(url, json={"is_paused": True}, timeout=30).raise_for_status()

    def runs(self) -> list[dict[str, Any]]:
        """Return the runs of all DAGs, the newest last."""
        return self._all("dags/~/dagRuns", "dag_runs", order_by="run_after")

    def tasks(self) -> list[dict[str, Any]]:
        """Return the tasks of all runs of all DAGs."""
        return self._all("dags/~/dagRuns/~/taskInstances", "task_instances")

    def dag_ids(self) -> set[str]:
        """Return the DAGs Airflow shows."""
        return {dag["dag_id"] for dag in self._get("dags", limit=1000)["dags"]}

    def log_of_failure(self, run: Run) -> tuple[str, Path]:
        """Return the first failed task of a run and its log file."""
        failed = [task for task, state in run.tasks.items() if state == "failed" and task != "conclude"]
        task = failed[0] if failed else "conclude"
        folder = self._settings.directory / "airflow" / "logs"
        folder = folder / f"dag_id={run.dag_id}" / f"run_id={run.run_id}" / f"task_id={task}"
        attempts = sorted(folder.glob("attempt=*.log"), key=lambda path: path.stat().st_mtime)
        return task, attempts[-1] if attempts else folder

    def _all(self, path: str, key: str, **query: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while True:
            page = self._get(path, limit=100, offset=len(found), **query)
            found += page[key]
            if len(found) >= page["total_entries"] or not page[key]:
                return found

    def _get(self, path: str, missing: Any = None, **query: Any) -> Any:
        answer = self._session.get(f"{self._settings.airflow_url}/api/v2/{path}", params=query, timeout=30)
        if answer.status_code == 404 and missing is not None:
            return missing
        if not answer.ok:
            raise StackError(f"Airflow answered {answer.status_code} to {path}.")
        return answer.json()
