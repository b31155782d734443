"""What the integrations page shows and keeps fresh: each administration's state in words, with its figures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg

from exact_online import builds, catalogue, overview, registry
from exact_online.airflow_api import MARTS_DAG
from exact_online.figures import marts
from exact_online.overview import Situation
from exact_online.web import airflow_inside
from exact_online.web.airflow_inside import DagState
from exact_online.web.gate import Person

_STANDING = {
    "not_found": "Not found",
    "no_access": "No access",
    "archived": "Archived",
    "blocked": "Blocked by Exact for now",
}


#: What the marts said last: a page that asks every second must not wait for a table that is being swapped.
_last_proof: dict[int, bool | None] = {}


@dataclass(frozen=True)
class Row:
    """One administration on a card. `tone` is good, bad, busy or idle; `moment` belongs to `words`."""

    situation: Situation
    dag: DagState
    words: str
    tone: str
    moment: datetime | None
    reason: str
    fraction: float
    is_reconciled: bool | None


@dataclass(frozen=True)
class Card:
    """One integration with its administrations."""

    integration: registry.Integration
    rows: list[Row]
    calls_today: int
    calls_allowed: int

    @property
    def needs_reconnect(self) -> bool:
        """Whether a person must log in to Exact again."""
        return self.integration.state != "connected"


def cards(connection: psycopg.Connection, person: Person) -> list[Card]:
    """Return the cards with the administrations the person may see."""
    found = registry.integrations(connection)
    by_integration: dict[int | None, list[Row]] = {}
    broken = {each.integration_id for each in found if each.state != "connected"}
    for row in rows(connection, person.visible(overview.situations(connection)), broken):
        by_integration.setdefault(row.situation.integration_id, []).append(row)
    return [
        Card(
            each,
            theirs := by_integration.get(each.integration_id, []),
            sum(row.situation.calls_today for row in theirs),
            sum(row.situation.calls_allowed for row in theirs),
        )
        for each in found
    ]


def rows(connection: psycopg.Connection, situations: list[Situation], broken: set[int]) -> list[Row]:
    """Return administrations with what Airflow and the marts know of them.

    :param broken: the integrations whose grant does not work.
    """
    dags = airflow_inside.states(each.dag_id for each in situations)
    proof = _proof(connection)
    return [
        _row(each, dags.get(each.dag_id, DagState()), each.integration_id in broken, proof.get(each.administration_id))
        for each in situations
    ]


def _proof(connection: psycopg.Connection) -> dict[int, bool | None]:
    """Return which administrations are reconciled; what was known before while the marts are being swapped."""
    try:
        with connection.transaction():
            connection.execute("set local lock_timeout = '200ms'")
            found = {row["administration_id"]: row["is_reconciled"] for row in marts.administrations(connection)}
    except psycopg.errors.LockNotAvailable:
        return _last_proof
    except marts.NotBuilt:
        found = {}
    _last_proof.clear()
    _last_proof.update(found)
    return found


def _row(found: Situation, dag: DagState, is_broken: bool, is_reconciled: bool | None) -> Row:
    words, tone, moment, reason = _state(found, dag, is_broken)
    return Row(found, dag, words, tone, moment, reason, _fraction(found, dag), is_reconciled)


def _state(found: Situation, dag: DagState, is_broken: bool) -> tuple[str, str, datetime | None, str]:
    if dag.is_active and not _has_begun(found, dag):
        return "Waiting", "busy", None, "the import is queued"
    if dag.is_active:
        return "In progress", "busy", None, ""
    if is_broken:
        return "Failed because", "bad", None, "Exact does not accept our access any more: reconnect"
    if found.status in _STANDING:
        return _STANDING[found.status], "bad", None, found.status_reason or ""
    reason = found.run_error or found.status_reason or "the import stopped half-way"
    return {
        "succeeded": ("Succeeded at", "good", found.last_succeeded_at, found.status_reason or ""),
        "waiting": ("Waiting", "idle", None, "for its first import"),
    }.get(found.status, ("Failed because", "bad", None, reason))


def _has_begun(found: Situation, dag: DagState) -> bool:
    return found.run_id == dag.run_id or dag.run_state == "running"


def _fraction(found: Situation, dag: DagState) -> float:
    """Return how far the run is: endpoints that are done, of all."""
    if not dag.is_active:
        return 1.0 if found.status == "succeeded" else 0.0
    if found.run_id != dag.run_id:
        return 0.0
    return min(found.endpoints_done / len(catalogue.endpoints()), 0.99)


def marts_state(connection: psycopg.Connection) -> dict[str, Any]:
    """Return when the marts were built, and whether they are being built now."""
    dag = airflow_inside.states([MARTS_DAG]).get(MARTS_DAG, DagState())
    state = {**builds.freshness(connection), "is_building": dag.is_active, "has_failed": dag.run_state == "failed"}
    if state["is_building"]:
        state["words"] = "being built"
    elif state["has_failed"]:
        state["words"] = "the last build failed"
    elif state["built_at"] is None:
        state["words"] = "not built yet"
    else:
        state["words"] = "up to date" if state["is_up_to_date"] else "older than the newest import"
    return state
