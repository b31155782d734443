"""The integrations page, and the live figures it asks for every second."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from exact_online import removing
from exact_online.web import cards
from exact_online.web.gate import Looker
from exact_online.web.opened import opened
from exact_online.web.rendering import number, reader_locale, render

router = APIRouter()


@router.get("/")
def integrations(request: Request, person: Looker) -> Response:
    """Show every integration with its administrations."""
    with opened() as connection:
        found = cards.cards(connection, person)
        state = cards.marts_state(connection)
        receipts = person.visible(removing.receipts(connection, 3))
    return render(request, person, "home.html", cards=found, marts=state, receipts=receipts)


@router.get("/progress")
def progress(request: Request, person: Looker) -> JSONResponse:
    """Return what moves on the page, written for this reader."""
    locale = reader_locale(request)
    with opened() as connection:
        found = cards.cards(connection, person)
        state = cards.marts_state(connection)
    return JSONResponse(
        {
            "administrations": {
                str(row.situation.administration_id): _live(row, locale) for card in found for row in card.rows
            },
            "integrations": {
                str(card.integration.integration_id): {
                    "calls": f"{number(card.calls_today, locale)} / {number(card.calls_allowed, locale)}",
                    "state": card.integration.state,
                }
                for card in found
            },
            "marts": {"words": state["words"], "is_building": state["is_building"]},
        }
    )


def _live(row: cards.Row, locale: str) -> dict[str, Any]:
    found = row.situation
    return {
        "words": row.words,
        "tone": row.tone,
        "moment": row.moment.isoformat() if row.moment else None,
        "reason": row.reason,
        "fraction": round(row.fraction, 3),
        "is_active": row.dag.is_active,
        "run_rows": number(found.run_rows, locale),
        "run_calls": number(found.run_calls, locale),
        "rows": number(found.rows_stored, locale),
        "last": found.last_succeeded_at.isoformat() if found.last_succeeded_at else None,
        "next": row.dag.next_run_at.isoformat() if row.dag.next_run_at and not row.dag.is_paused else None,
        "is_reconciled": row.is_reconciled,
    }
