"""Add an integration: choose the environment and the app registration, then go to Exact's login."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from exact_online import apps, connecting
from exact_online.environments import base_url_of
from exact_online.errors import ConfigError
from exact_online.oauth import App
from exact_online.web import airflow_inside
from exact_online.web.gate import Changer, Person
from exact_online.web.opened import opened
from exact_online.web.rendering import render

router = APIRouter()
FIRST = ("nl", "be")


@router.get("/connect")
def choose(request: Request, person: Changer) -> Response:
    """Show the form: environment, and which app registration to use."""
    return _form(request, person)


@router.post("/connect")
def begin(
    request: Request,
    person: Changer,
    environment: Annotated[str, Form()] = "",
    app: Annotated[str, Form()] = "new",
    client_id: Annotated[str, Form()] = "",
    client_secret: Annotated[str, Form()] = "",
    redirect_uri: Annotated[str, Form()] = "",
    base_url: Annotated[str, Form()] = "",
) -> Response:
    """Remember the login and show the way to Exact."""
    with opened() as connection:
        try:
            if app == "new":
                chosen = App(
                    base_url_of(environment, base_url.strip() or None),
                    client_id.strip(),
                    client_secret.strip(),
                    redirect_uri.strip(),
                )
            else:
                environment, chosen = apps.registered(connection, airflow_inside.cipher(), int(app))
            address = connecting.start(
                connection, airflow_inside.cipher(), airflow_inside.signer(), environment, chosen, person.id
            )
        except (ConfigError, ValueError) as exc:
            given = {
                "environment": environment,
                "client_id": client_id,
                "redirect_uri": redirect_uri,
                "base_url": base_url,
                "app": app,
            }
            return _form(request, person, str(exc), given)
    return show_way(request, person, address, environment, chosen.redirect_uri)


def show_way(request: Request, person: Person, address: str, environment: str, redirect_uri: str) -> Response:
    """Show the button that leaves for Exact, and the field for the address it leads back to."""
    reaches_back = redirect_uri.startswith(airflow_inside.site_address() + "/")
    context: dict[str, Any] = {"address": address, "environment": environment, "redirect_uri": redirect_uri}
    return render(request, person, "authenticate.html", reaches_back=reaches_back, error="", **context)


def _form(request: Request, person: Person, error: str = "", given: dict[str, str] | None = None) -> Response:
    with opened() as connection:
        known = apps.known(connection)
    defaults = {
        "environment": "nl",
        "client_id": "",
        "redirect_uri": f"{airflow_inside.site_address()}/exact-online/callback",
        "base_url": "",
        "app": str(known[0].integration_id) if known else "new",
    }
    status = 422 if error else 200
    context = {"apps": known, "first": FIRST, "given": {**defaults, **(given or {})}, "error": error}
    return render(request, person, "connect.html", status, **context)
