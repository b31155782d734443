"""The gear of a card: rename, pause, reconnect and delete an integration; the same and more for one administration."""

from __future__ import annotations

from typing import Annotated

import psycopg
from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from exact_online import apps, choosing, connecting, manage, overview, registry, removing
from exact_online.errors import ConfigError
from exact_online.overview import Situation
from exact_online.web import airflow_inside, cards
from exact_online.web.airflow_inside import AirflowInside
from exact_online.web.gate import Changer, Operator, Permission, Person
from exact_online.web.opened import integration_of, opened, situation_of
from exact_online.web.pages.connect import show_way
from exact_online.web.rendering import go_to, render

router = APIRouter()
Text = Annotated[str, Form()]


@router.get("/integrations/{integration_id}/manage")
def integration(request: Request, person: Changer, integration_id: int) -> Response:
    """Show what can be done with an integration."""
    with opened() as connection:
        found = integration_of(connection, integration_id)
        theirs = _theirs(connection, person, integration_id)
    return render(request, person, "manage_integration.html", integration=found, rows=theirs, error="")


@router.post("/integrations/{integration_id}/rename")
def rename_integration(request: Request, person: Changer, integration_id: int, label: Text = "") -> Response:
    """Give it a name of our own."""
    with opened() as connection:
        integration_of(connection, integration_id)
        manage.rename_integration(connection, integration_id, label)
    return go_to(request, "/", "renamed")


@router.post("/integrations/{integration_id}/pause")
def pause_integration(request: Request, person: Operator, integration_id: int, paused: Text = "yes") -> Response:
    """Pause or resume all its administrations that the person may operate."""
    with opened() as connection:
        integration_of(connection, integration_id)
        theirs = [row.situation for row in _theirs(connection, person, integration_id)]
    allowed = [each for each in theirs if person.may(Permission.OPERATE, each.dag_id)]
    return _pause(request, person, allowed, paused == "yes", "/")


@router.post("/integrations/{integration_id}/reconnect")
def reconnect(request: Request, person: Changer, integration_id: int) -> Response:
    """Start a login for an integration that exists, with its own app."""
    with opened() as connection:
        integration_of(connection, integration_id)
        cipher = airflow_inside.cipher()
        environment, app = apps.registered(connection, cipher, integration_id)
        address = connecting.start(
            connection, cipher, airflow_inside.signer(), environment, app, person.id, integration_id
        )
    return show_way(request, person, address, environment, app.redirect_uri)


@router.post("/integrations/{integration_id}/delete")
def delete_integration(
    request: Request, person: Changer, integration_id: int, data: Text = "keep", typed: Text = ""
) -> Response:
    """Delete the integration with all its administrations, once its name was typed."""
    with opened() as connection:
        found = integration_of(connection, integration_id)
        theirs = _theirs(connection, person, integration_id)
        everybody = [each for each in overview.situations(connection, False) if each.integration_id == integration_id]
        if len([each for each in everybody if each.is_connected]) > len(theirs):
            raise ConfigError("it has administrations you may not see; somebody who may must delete it")
        expected = integration_name(found)
        if not is_typed(typed, expected):
            context = {"integration": found, "rows": theirs}
            error = f"Nothing was deleted: type the name exactly as it stands here: {expected}"
            return render(request, person, "manage_integration.html", 422, error=error, **context)
        removed = removing.remove_integration(connection, integration_id, data == "purge", person.name)
    after_removal(person, removed, data == "purge", f"integration {integration_id}")
    return go_to(request, "/removed", "removed")


@router.get("/administrations/{administration_id}/manage")
def administration(request: Request, person: Changer, administration_id: int) -> Response:
    """Show what can be done with one administration."""
    return _administration_page(request, person, administration_id)


@router.post("/administrations/{administration_id}/rename")
def rename_administration(request: Request, person: Changer, administration_id: int, label: Text = "") -> Response:
    """Give it a name of our own; an empty one brings Exact's back."""
    with opened() as connection:
        situation_of(connection, person, administration_id, Permission.CHANGE)
        manage.rename_administration(connection, administration_id, label)
    airflow_inside.ask_to_parse()
    return go_to(request, f"/administrations/{administration_id}", "renamed")


@router.post("/administrations/{administration_id}/pause")
def pause_administration(request: Request, person: Operator, administration_id: int, paused: Text = "yes") -> Response:
    """Pause or resume it."""
    with opened() as connection:
        found = situation_of(connection, person, administration_id, Permission.OPERATE)
    return _pause(request, person, [found], paused == "yes", f"/administrations/{administration_id}")


@router.post("/administrations/{administration_id}/schedule")
def schedule(
    request: Request, person: Changer, administration_id: int, rhythm: Text = "nightly", time: Text = "05:00"
) -> Response:
    """Change when it is imported."""
    try:
        cron = manage.cron_of(rhythm, time)
    except ConfigError as exc:
        return _administration_page(request, person, administration_id, str(exc))
    with opened() as connection:
        situation_of(connection, person, administration_id, Permission.CHANGE)
        manage.set_schedule(connection, administration_id, cron)
    airflow_inside.ask_to_parse()
    return go_to(request, f"/administrations/{administration_id}", "scheduled")


@router.post("/administrations/{administration_id}/reselect")
def reselect(request: Request, person: Changer, administration_id: int, code: Annotated[int, Form()]) -> Response:
    """Attach it to the code Exact has for it now; history and mapping stay, everything is read again."""
    with opened() as connection:
        found = situation_of(connection, person, administration_id, Permission.CHANGE)
        integration = integration_of(connection, found.integration_id or 0)
        rows = choosing.visible_to(connection, airflow_inside.cipher(), integration)
        (chosen,) = choosing.match(rows, [code])
        registry.reselect(connection, administration_id, chosen.division)
    airflow_inside.ask_to_parse()
    AirflowInside(person.name).note("reselect", f"{found.division_code} -> {code}", found.dag_id)
    return go_to(request, f"/administrations/{administration_id}", "reselected")


@router.post("/administrations/{administration_id}/delete")
def delete_administration(
    request: Request, person: Changer, administration_id: int, data: Text = "keep", typed: Text = ""
) -> Response:
    """Delete one administration, once its name was typed; the others go on."""
    with opened() as connection:
        found = situation_of(connection, person, administration_id, Permission.CHANGE)
        if not is_typed(typed, found.name):
            error = f"Nothing was deleted: type the name exactly as it stands here: {found.name}"
            return _administration_page(request, person, administration_id, error)
        chosen = [registry.administration(connection, administration_id)]
        removed = [each.dag_id for each in removing.remove(connection, chosen, data == "purge", person.name)]
    after_removal(person, removed, data == "purge", found.name)
    return go_to(request, "/removed", "removed")


def integration_name(found: registry.Integration) -> str:
    """Return what a person calls an integration."""
    return found.label or f"{found.environment.upper()} {found.user_name or ''}".strip()


def _theirs(connection: psycopg.Connection, person: Person, integration_id: int) -> list[cards.Row]:
    card = [each for each in cards.cards(connection, person) if each.integration.integration_id == integration_id]
    return card[0].rows if card else []


def _administration_page(request: Request, person: Person, administration_id: int, error: str = "") -> Response:
    with opened() as connection:
        found = situation_of(connection, person, administration_id, Permission.CHANGE)
        (row,) = cards.rows(connection, [found], set())
    rhythm, time = manage.rhythm_of(found.schedule)
    context = {"row": row, "rhythms": manage.rhythms(), "rhythm": rhythm, "time": time, "error": error}
    return render(request, person, "manage_administration.html", 422 if error else 200, **context)


def _pause(request: Request, person: Person, chosen: list[Situation], paused: bool, back: str) -> Response:
    airflow = AirflowInside(person.name)
    airflow.pause([each.dag_id for each in chosen], paused)
    for each in chosen:
        airflow.note("pause" if paused else "resume", each.name, each.dag_id)
    return go_to(request, back, "paused" if paused else "resumed")


def is_typed(typed: str, name: str) -> bool:
    """Compare as a person sees it: spaces at the ends and doubled ones do not show on a page."""
    return bool(name) and " ".join(typed.split()) == " ".join(name.split())


def after_removal(person: Person, removed: list[str], purge: bool, what: str) -> None:
    airflow = AirflowInside(person.name)
    airflow.note("delete", f"{what}, data {'purged' if purge else 'kept'}")
    airflow_inside.ask_to_parse()
    if removed and purge:
        # So that nothing of the administration stays in the marts, and the receipt can be closed.
        airflow.build_marts()
