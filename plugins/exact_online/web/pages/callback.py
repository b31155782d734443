"""Where Exact sends a person back to, and the field for that address where Exact cannot reach us."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Form, Request
from fastapi.responses import Response

from exact_online import connecting
from exact_online.errors import ExactOnlineError
from exact_online.web import airflow_inside, imports, notices
from exact_online.web.gate import Changer, Looker, Person
from exact_online.web.opened import opened
from exact_online.web.rendering import go_to, into_airflow, render

router = APIRouter()


@router.get("/callback")
def come_back(request: Request, person: Changer, later: BackgroundTasks) -> Response:
    """Finish a login with what Exact put into the address, and go back into Airflow's own frame."""
    # The query was taken out of the request so that no log holds Exact's code (app.HeadersMiddleware).
    address = f"callback?{request.state.callback_query}"
    try:
        path, done = _finish(address, person, later)
    except ExactOnlineError as exc:
        return go_to(request, "/connect/failed", notice=_words(exc))
    return into_airflow(request, path, done)


@router.get("/connect/failed")
def failed(request: Request, person: Looker, notice: str = "") -> Response:
    """Say why a login was not finished; the words are ours, because they are signed."""
    title, text = notices.read(notice)
    return render(request, person, "login_failed.html", 200, title=title, text=text)


@router.post("/connect/pasted")
def pasted(request: Request, person: Changer, later: BackgroundTasks, address: Annotated[str, Form()] = "") -> Response:
    """Finish a login with the address a person copied from the browser; the checks are the same."""
    try:
        path, done = _finish(address, person, later)
    except ExactOnlineError as exc:
        return go_to(request, "/connect/failed", notice=_words(exc))
    return go_to(request, path, done)


def _finish(address: str, person: Person, later: BackgroundTasks) -> tuple[str, str]:
    with opened() as connection:
        found = connecting.finish(connection, airflow_inside.cipher(), airflow_inside.signer(), address, person.id)
    event = "reconnect" if found.is_reconnect else "connect"
    airflow_inside.AirflowInside(person.name).note(event, f"integration {found.integration_id} ({found.environment})")
    if found.is_reconnect:
        later.add_task(imports.resume, found.integration_id, person)
        return "/", "reconnected"
    return f"/integrations/{found.integration_id}/select", "connected"


def _words(exc: ExactOnlineError) -> str:
    """Return what to say, to be carried in an address that does not hold Exact's code any more."""
    is_denied = isinstance(exc, connecting.LoginDenied)
    return notices.write("Access was not given" if is_denied else "The login could not be finished", str(exc))
