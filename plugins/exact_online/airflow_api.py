"""Airflow's own REST API, for commands that run outside Airflow: is a DAG there, start a run, how did it end.

Knows nothing of Exact Online. The password is read from the file Airflow's simple auth manager uses.
"""

from __future__ import annotations

import json
import os
import time
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

import requests

from exact_online.errors import ConfigError, RequestRejected, TransientApiError

#: Builds the marts again; a run by hand always builds.
MARTS_DAG = "exact_online_marts"
TIMEOUT_SECONDS = 30
#: How long a new DAG may take to start its first run by itself.
FIRST_RUN_SECONDS = 10
URL = "EXACT_ONLINE_AIRFLOW_URL"
USER = "EXACT_ONLINE_AIRFLOW_USER"
PASSWORD_FILE = "EXACT_ONLINE_AIRFLOW_PASSWORD_FILE"


class Airflow(Protocol):
    """What is asked of Airflow, by REST from outside or directly from inside its api-server."""

    def has_dag(self, dag_id: str) -> bool: ...
    def trigger(self, dag_id: str, conf: dict[str, Any] | None = None) -> str: ...
    def latest_runs(self, dag_id: str, limit: int = 1) -> list[dict[str, Any]]: ...


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
        return str(self._call("POST", f"/api/v2/dags/{quote(dag_id)}/dagRuns", json=body)["dag_run_id"])

    def pause(self, dag_id: str, is_paused: bool) -> None:
        """Pause or resume a DAG."""
        self._call("PATCH", f"/api/v2/dags/{quote(dag_id)}", json={"is_paused": is_paused})

    def latest_runs(self, dag_id: str, limit: int = 1) -> list[dict[str, Any]]:
        """Return the newest runs first."""
        path = f"/api/v2/dags/{quote(dag_id)}/dagRuns?order_by=-run_after&limit={limit}"
        return list(self._call("GET", path)["dag_runs"])

    def _call(self, method: str, path: str, **kwargs: Any) -> dict[str, Any]:
        try:
            response = self._session.request(method, self._url + path, timeout=TIMEOUT_SECONDS, **kwargs)
        except requests.RequestException as exc:
            raise TransientApiError(f"Airflow does not answer at {self._url} ({type(exc).__name__})") from None
        if response.status_code >= 400:
            raise RequestRejected(
                f"Airflow refused {method} {path}: status {response.status_code}", response.status_code, ""
            )
        answer: dict[str, Any] = response.json()
        return answer


def ensure_runs(api: Airflow, since: dict[str, datetime], timeout_seconds: float = 120) -> dict[str, str]:
    """Wait until each DAG is there and has a good run since the moment given; return {dag id: run id}.

    A DAG that never ran starts its first run by itself, so it gets a moment; any other is triggered.
    """
    deadline = time.monotonic() + timeout_seconds
    appeared: dict[str, float] = {}
    runs: dict[str, str] = {}
    while True:
        for dag_id in sorted(set(since) - set(runs)):
            if api.has_dag(dag_id):
                patience = appeared.setdefault(dag_id, time.monotonic() + FIRST_RUN_SECONDS)
                found = _good_run(api, dag_id, since[dag_id], may_wait=time.monotonic() < patience)
                if found:
                    runs[dag_id] = found
        if len(runs) == len(since):
            return runs
        if time.monotonic() > deadline:
            missing = ", ".join(sorted(set(since) - set(runs)))
            raise TransientApiError(f"Airflow did not read {missing} within {timeout_seconds:.0f} s")
        time.sleep(0.5)


def _good_run(api: Airflow, dag_id: str, since: datetime, may_wait: bool) -> str | None:
    latest = api.latest_runs(dag_id)
    if not latest:
        return None if may_wait else api.trigger(dag_id)
    queued_at = datetime.fromisoformat(latest[0]["queued_at"] or latest[0]["run_after"])
    if latest[0]["state"] != "failed" and queued_at >= since:
        return str(latest[0]["dag_run_id"])
    return api.trigger(dag_id)
