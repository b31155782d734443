"""One administration: its data sets, how long imports took, what differs from Exact, and what can be started."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any
from urllib.parse import quote as url_quote

import psycopg
from fastapi import APIRouter, Form, Request
from fastapi.responses import JSONResponse, Response

from exact_online import choosing, manage, overview, quote
from exact_online.access import calls_left_today
from exact_online.errors import ConfigError, ExactOnlineError
from exact_online.figures import reconciliation
from exact_online.figures.marts import NotBuilt
from exact_online.web import airflow_inside, cards
from exact_online.web.airflow_inside import AirflowInside
from exact_online.web.gate import Looker, Permission, Trigger
from exact_online.web.opened import integration_of, opened, situation_of
from exact_online.web.pages.select import quote_words
from exact_online.web.rendering import go_to, reader_locale, render

router = APIRouter()


@router.get("/administrations/{administration_id}")
def show(request: Request, person: Looker, administration_id: int) -> Response:
    """Show the administration."""
    with opened() as connection:
        found = situation_of(connection, person, administration_id)
        broken = {found.integration_id or 0} if _is_broken(connection, found.integration_id) else set()
        (row,) = cards.rows(connection, [found], broken)
        context: dict[str, Any] = {
            "row": row,
            "data_sets": overview.data_sets(connection, administration_id),
            "runs": overview.runs(connection, administration_id),
            "checks": reconciliation.summary(connection, administration_id),
            "rhythm": manage.rhythm_of(found.schedule),
            "rhythms": manage.rhythms(),
        }
        try:
            context["differences"] = reconciliation.differences(connection, administration_id)
        except NotBuilt:
            context["differences"] = None
    dag = f"dags/{url_quote(found.dag_id, safe='')}"
    run = f"{dag}/runs/{url_quote(row.dag.run_id, safe='')}" if row.dag.run_id else ""
    may_start = person.may(Permission.TRIGGER, found.dag_id)
    return render(request, person, "administration.html", dag_path=dag, run_path=run, may_start=may_start, **context)


@router.post("/administrations/{administration_id}/quote")
def price(request: Request, person: Trigger, administration_id: int) -> JSONResponse:
    """Return what a full refresh takes."""
    with opened() as connection:
        found = situation_of(connection, person, administration_id, Permission.TRIGGER)
        integration = integration_of(connection, found.integration_id or 0)
        try:
            with choosing.client_of(integration, found.division_code, connection, airflow_inside.cipher()) as client:
                left = calls_left_today(integration, found.division_code, connection)
                return JSONResponse({"quote": quote_words(quote.quote(client, left), reader_locale(request))})
        except ExactOnlineError as exc:
            return JSONResponse({"error": str(exc)})


@router.post("/administrations/{administration_id}/sync")
def sync(
    request: Request,
    person: Trigger,
    administration_id: int,
    what: Annotated[str, Form()] = "sync",
    from_date: Annotated[str, Form()] = "",
) -> Response:
    """Start an import now: what is new, everything, or everything from a date on."""
    conf = _conf(what, from_date)
    with opened() as connection:
        found = situation_of(connection, person, administration_id, Permission.TRIGGER)
    airflow = AirflowInside(person.name)
    airflow.trigger(found.dag_id, conf)
    airflow.note("sync", what, found.dag_id)
    return go_to(request, f"/administrations/{administration_id}", "sync")


def _conf(what: str, from_date: str) -> dict[str, Any]:
    """Return the trigger's parameters. Raises ConfigError for any other choice."""
    if what == "sync":
        return {}
    if what == "full_refresh":
        return {"full_refresh": True}
    if what == "from_date":
        try:
            return {"from_date": date.fromisoformat(from_date).isoformat()}
        except ValueError:
            raise ConfigError("give the date from which everything is read again, as 2026-01-31") from None
    raise ConfigError("start one of: sync, full_refresh, from_date")


def _is_broken(connection: psycopg.Connection, integration_id: int | None) -> bool:
    return integration_id is not None and integration_of(connection, integration_id).state != "connected"
