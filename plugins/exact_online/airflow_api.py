"""Airflow's own REST API, for commands that run outside Airflow: is a DAG there, start a run, how did it end.

Knows nothing of Exact Online. The password is read from the file Airflow's simple auth manager uses.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import requests

from exact_online.errors import ConfigError, RequestRejected, TransientApiError

TIMEOUT_SECONDS = 30
URL = "EXACT_ONLINE_AIRFLOW_URL"
USER = "EXACT_ONLINE_AIRFLOW_USER"
PASSWORD_FILE = "EXACT_ONLINE_AIRFLOW_PASSWORD_FILE"


class AirflowApi:
    """A logged-in caller of Airflow's REST API v2."""

    def __init__(self, url: str, user: str, password: str) -> None:
        self._url = url.rstrip("/")
        self._session = requests.Session()
        self._session.trust_env = False
        answer = self._call("POST", "/auth/token", json={"username": user, "password": password})
        self._session.headers["Authorization"] = f"Bearer {answer['access_token']}"

    @classmethod
    def from_environment(cls) -> AirflowApi | None:
        """Return a caller, or None where the environment does not say how to reach Airflow."""
        url, user, file = (os.environ.get(name, "") for name in (URL, USER, PASSWORD_FILE))
        if not url:
            return None
        if not user or not file:
            raise ConfigError(f"{URL} is set, but not {USER} and {PASSWORD_FILE}")
        try:
            password = json.loads(Path(file).read_text("utf-8"))[user]
        except (OSError, ValueError, KeyError):
            raise ConfigError(f"{PASSWORD_FILE} ({file}) holds no password of {user}") from None
        return cls(url, user, password)

    def has_dag(self, dag_id: str) -> bool:
        """Return whether the DAG is there and not stale."""
        try:
            return not self._call("GET", f"/api/v2/dags/{quote(dag_id)}").get("is_stale", False)
        except RequestRejected as exc:
            if exc.status == 404:
                return False
            raise

    def trigger(self, dag_id: str, conf: dict[str, Any] | None = None) -> str:
        """Start a run and return its id."""
        body = {"logical_date": None, "conf": conf or {}}
        return self._call("POST", f"/api/v2/dags/{quote(dag_id)}/dagRuns", json=body)["dag_run_id"]

    def latest_runs(self, dag_id: str, limit: int = 1) -> list[dict[str, Any]]:
        """Return the newest runs first."""
        path = f"/api/v2/dags/{quote(dag_id)}/dagRuns?order_by=-run_after&limit={limit}"
        return self._call("GET", path)["dag_runs"]

    def _call(self, method: str, path: str, **kwargs: Any) -> dict[str, Any]:
        try:
            response = self._session.request(method, self._url + path, timeout=TIMEOUT_SECONDS, **kwargs)
        except requests.RequestException as exc:
            raise TransientApiError(f"Airflow does not answer at {self._url} ({type(exc).__name__})") from None
        if response.status_code >= 400:
            raise RequestRejected(
                f"Airflow refused {method} {path}: status {response.status_code}", response.status_code, ""
            )
        return response.json()


def ensure_runs(api: AirflowApi, dag_ids: list[str], timeout_seconds: float = 120) -> dict[str, str]:
    """Wait until each DAG is there and has a run under way or waiting; return {dag id: run id}.

    A DAG that is new starts its first run by itself; one that ran before is triggered.
    """
    deadline = time.monotonic() + timeout_seconds
    grace: dict[str, float] = {}
    runs: dict[str, str] = {}
    while len(runs) < len(dag_ids):
        for dag_id in dag_ids:
            if dag_id in runs or not api.has_dag(dag_id):
                continue
            grace.setdefault(dag_id, time.monotonic() + 10)
            latest = api.latest_runs(dag_id)
            if latest and (latest[0]["state"] in ("queued", "running") or latest[0]["run_type"] == "scheduled"):
                runs[dag_id] = latest[0]["dag_run_id"]
            elif latest or time.monotonic() > grace[dag_id]:
                runs[dag_id] = api.trigger(dag_id)
        if len(runs) < len(dag_ids):
            if time.monotonic() > deadline:
                missing = ", ".join(sorted(set(dag_ids) - set(runs)))
                raise TransientApiError(f"Airflow did not read {missing} within {timeout_seconds:.0f} s")
            time.sleep(0.5)
    return runs
