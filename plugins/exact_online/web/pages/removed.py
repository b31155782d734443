"""What was taken out: receipts, and data that was kept and can be purged later."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from exact_online import overview, registry, removing
from exact_online.errors import ConfigError
from exact_online.web.gate import Changer, Looker, Permission
from exact_online.web.opened import opened
from exact_online.web.pages.manage import after_removal, is_typed
from exact_online.web.rendering import go_to, render

router = APIRouter()


@router.get("/removed")
def removed(request: Request, person: Looker) -> Response:
    """Show receipts and kept data."""
    with opened() as connection:
        receipts = person.visible(removing.receipts(connection, 100))
        kept = [each for each in overview.situations(connection, connected_only=False) if not each.is_connected]
    return render(request, person, "removed.html", receipts=receipts, kept=person.visible(kept))


@router.post("/removed/{administration_id}/purge")
def purge(request: Request, person: Changer, administration_id: int, typed: Annotated[str, Form()] = "") -> Response:
    """Purge data that was kept, once the name was typed."""
    with opened() as connection:
        found = [
            each
            for each in person.visible(registry.administrations(connection, connected_only=False))
            if each.administration_id == administration_id and not each.is_connected
        ]
        if not found:
            raise HTTPException(404)
        person.require(Permission.CHANGE, found[0].dag_id)
        if not is_typed(typed, found[0].name):
            raise ConfigError(f"nothing was purged: type the name exactly as it stands: {found[0].name}")
        gone = [each.dag_id for each in removing.remove(connection, found, True, person.name)]
    after_removal(person, gone, True, found[0].name)
    return go_to(request, "/removed", "removed")
