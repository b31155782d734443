"""Select administrations of an integration: what Exact lists, what an import costs, what the user may read."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, BackgroundTasks, Form, Request
from fastapi.responses import JSONResponse, Response

from exact_online import choosing, quote, rights
from exact_online.access import calls_left_today
from exact_online.errors import ConfigError, ExactOnlineError
from exact_online.web import airflow_inside, imports
from exact_online.web.gate import Changer
from exact_online.web.opened import integration_of, opened
from exact_online.web.rendering import go_to, number, reader_locale, render, words

router = APIRouter()
_YOUNG_SECONDS = 300
_listed: dict[int, tuple[float, list[choosing.Visible]]] = {}


@router.get("/integrations/{integration_id}/select")
def choose(request: Request, person: Changer, integration_id: int) -> Response:
    """List what the Exact user may see."""
    with opened() as connection:
        integration = integration_of(connection, integration_id)
        found = choosing.visible_to(connection, airflow_inside.cipher(), integration)
    _listed[integration_id] = (time.monotonic(), found)
    return render(request, person, "select.html", integration=integration, found=[each.row() for each in found])


@router.post("/integrations/{integration_id}/quote")
def price(request: Request, person: Changer, integration_id: int, code: Annotated[int, Form()]) -> JSONResponse:
    """Return what the first import of one administration takes, and which data the user may not read."""
    locale = reader_locale(request)
    with opened() as connection:
        integration = integration_of(connection, integration_id)
        try:
            with choosing.client_of(integration, code, connection, airflow_inside.cipher()) as client:
                found = quote.quote(client, calls_left_today(integration, code, connection))
                asked = rights.check_rights(client)
        except ExactOnlineError as exc:
            return JSONResponse({"error": str(exc)})
    return JSONResponse({"quote": quote_words(found, locale), "rights": [_right(each) for each in asked]})


@router.post("/integrations/{integration_id}/select")
def connect(
    request: Request,
    person: Changer,
    later: BackgroundTasks,
    integration_id: int,
    codes: Annotated[list[int], Form()] = [],  # noqa: B006 - FastAPI copies it
) -> Response:
    """Connect the ticked administrations; their first imports start at once."""
    with opened() as connection:
        integration = integration_of(connection, integration_id)
        if not codes:
            raise ConfigError("tick at least one administration")
        rows = _lately_listed(integration_id) or choosing.visible_to(connection, airflow_inside.cipher(), integration)
        connected = choosing.connect(connection, choosing.match(rows, codes))
    airflow = airflow_inside.AirflowInside(person.name)
    for each in connected:
        airflow.note("select", each.name, each.dag_id)
    # Before the answer: the dag-processor may read the file while the browser loads the next page.
    airflow_inside.ask_to_parse()
    later.add_task(imports.begin, {each.dag_id: each.connected_at for each in connected}, person.name)
    return go_to(request, "/", "started")


def _lately_listed(integration_id: int) -> list[choosing.Visible] | None:
    """Return the list the page was made from, if it is young: asking again could wait for a minute's calls."""
    at, found = _listed.get(integration_id, (0.0, []))
    return found if found and time.monotonic() - at < _YOUNG_SECONDS else None


def quote_words(found: quote.Quote, locale: str) -> str:
    """Write a quote as one sentence."""
    text = (
        f"about {number(found.calls, locale)} calls, {number(found.minutes, locale)} min, "
        f"{number(found.percent_of_day, locale)} % of today's budget ({number(found.rows, locale)} rows)"
    )
    return f"{text}; goes on by itself over {number(found.days, locale)} days" if found.days > 1 else text


def _right(right: rights.Right) -> dict[str, Any]:
    return {**asdict(right), "data_set": words(right.data_set)}
