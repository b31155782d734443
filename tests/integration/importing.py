"""One import of one administration as its DAG makes it, without Airflow, in this process or in one that may be killed.

    python -m tests.integration.importing ADMINISTRATION_ID RUN_ID SANDBOX_URL

The order of the steps, and which of them goes on after which failure, are the DAG's.
"""

from __future__ import annotations

import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import requests

from exact_online import catalogue, recipe, reconcile, registry, warehouse
from exact_online.cipher import Cipher
from exact_online.client import ExactClient, new_session
from exact_online.divisions import find_division, require_readable
from exact_online.error_budget import ErrorBudget
from exact_online.errors import ExactOnlineError
from exact_online.extract import Run
from exact_online.limits import CallBudget
from exact_online.vault import Vault

#: Exit codes of a process: everything was loaded; some steps failed.
LOADED, FAILED = 0, 3


class SandboxClock:
    """The sandbox's time; waiting moves it for everybody instead of passing."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._ahead = datetime.fromisoformat(self._call("GET", "health")["now"]) - datetime.now(UTC)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def sleep(self, seconds: float) -> None:
        self._ahead += timedelta(seconds=seconds)
        self._call("POST", "clock", json={"seconds": seconds})

    def _call(self, method: str, path: str, **kwargs: Any) -> Any:
        answer = requests.request(method, f"{self._url}/_sandbox/{path}", timeout=60, **kwargs)
        answer.raise_for_status()
        return answer.json()


def open_run(
    connection: psycopg.Connection,
    budgets: psycopg.Connection,
    session: requests.Session,
    administration_id: int,
    run_id: str,
    url: str,
    **params: Any,
) -> Run:
    """Return a run whose vault, budgets and loads go by the sandbox's clock."""
    found = registry.administration(connection, administration_id)
    clock = SandboxClock(url)
    vault = Vault(found.integration_id, warehouse.connect, Cipher(), session, clock, clock.sleep)
    budget = CallBudget(budgets, found.client_id, found.division_code, clock, clock.sleep)
    errors = ErrorBudget(budgets, found.client_id, found.division_code, clock)
    client = ExactClient(found.base_url, found.division_code, vault, budget, errors, session, clock.sleep)
    return Run(connection, client, administration_id, run_id, clock=clock, **params)


def import_administration(run: Run) -> list[str]:
    """Run all steps and return the ones that failed; the first keeps all others from starting."""
    failed: list[str] = []

    def step(name: str, work) -> bool:
        try:
            work()
        except ExactOnlineError as exc:
            print(f"{name}: {type(exc).__name__}: {exc}", file=sys.stderr)
            failed.append(name)
        return name not in failed

    if not step("check_administration", lambda: _check(run)):
        return failed
    done = [step(name, lambda name=name: recipe.load_data_set(run, name)) for name in catalogue.DATA_SETS]
    for name in (catalogue.DELETIONS, catalogue.CONTROL_TOTALS):
        if any(done):
            done = [step(name, lambda name=name: recipe.load_data_set(run, name))]
    if any(done):
        step("reconcile", lambda: _reconcile(run))
    return failed


def _check(run: Run) -> None:
    division = find_division(run.client, run.client.division) or {}
    recipe.note_division(run, division)
    require_readable(division)
    recipe.prepare(run, 5000)


def _reconcile(run: Run) -> None:
    differing = reconcile.reconcile(run)
    recipe.note_division(run, find_division(run.client, run.client.division) or {})
    if differing:
        raise ExactOnlineError(reconcile.in_words(differing))


def main(administration_id: str, run_id: str, url: str) -> int:
    """Import once and return the exit code."""
    print("begun", flush=True)
    with (
        closing(warehouse.connect(autocommit=True)) as connection,
        closing(warehouse.connect(autocommit=True)) as budgets,
        closing(new_session()) as session,
    ):
        failed = import_administration(open_run(connection, budgets, session, int(administration_id), run_id, url))
    return FAILED if failed else LOADED


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
