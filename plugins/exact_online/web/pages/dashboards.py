"""The dashboards and their downloads. They read `marts` and nothing else; who may see what is asked of Airflow."""

from __future__ import annotations

from datetime import date
from typing import Any

import psycopg
from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException

from exact_online import mapping
from exact_online.figures import assets, marts, outstanding, profit
from exact_online.figures.marts import NotBuilt
from exact_online.web.boards import BOARDS, Choice
from exact_online.web.gate import Looker, Person
from exact_online.web.opened import opened
from exact_online.web.rendering import render

router = APIRouter()
ALL = "all"


class _Books:
    """An administration of the marts, with the DAG that says who may see it."""

    def __init__(self, row: marts.Row) -> None:
        self.row = row
        self.administration_id: int = row["administration_id"]
        self.dag_id = f"exact_online_{row['environment']}_{row['division_code']}"


@router.get("/dashboards")
def start(request: Request, person: Looker) -> Response:
    """Show the first board."""
    return RedirectResponse(f"{request.scope.get('root_path', '')}/dashboards/outstanding", 303)


@router.get("/dashboards/{board}")
def show(
    request: Request,
    person: Looker,
    board: str,
    administration: str = ALL,
    as_of: str = "",
    year: str = "",
    axis: str = "cost_center",
) -> Response:
    """Show one board."""
    title, panels_of = _board(board)
    context: dict[str, Any] = {"board": board, "title": title, "boards": BOARDS, "axes": profit.AXES}
    with opened() as connection:
        try:
            books, choice, options = _choice(connection, person, board, administration, as_of, year, axis)
            panels = panels_of(connection, choice) if choice.administration_ids else []
        except NotBuilt:
            books, choice, options, panels = [], Choice([]), {}, []
    chosen = {"administration": administration, "as_of": choice.as_of, "year": choice.fiscal_year, "axis": choice.axis}
    return render(
        request, person, "dashboard.html", books=books, panels=panels, options=options, chosen=chosen, **context
    )


@router.get("/dashboards/{board}/{panel}.csv")
def download(
    request: Request,
    person: Looker,
    board: str,
    panel: str,
    administration: str = ALL,
    as_of: str = "",
    year: str = "",
    axis: str = "cost_center",
) -> Response:
    """Return one panel as a file, or with `items` and `assets` every row behind the board."""
    _, panels_of = _board(board)
    with opened() as connection:
        try:
            _, choice, _ = _choice(connection, person, board, administration, as_of, year, axis)
            if (board, panel) == ("outstanding", "items"):
                found = outstanding.items(connection, choice.administration_ids, choice.as_of)
                return file_of(panel, list(found[0]) if found else ["as_of_date"], found)
            if (board, panel) == ("assets", "assets"):
                found = assets.assets(connection, choice.administration_ids, choice.fiscal_year or 0)
                return file_of(panel, list(found[0]) if found else ["asset_code"], found)
            chosen = next((each for each in panels_of(connection, choice) if each.key == panel), None)
        except NotBuilt:
            chosen = None
    if chosen is None:
        raise HTTPException(404)
    rows = [{**row, "currency_code": chosen.unit} for row in chosen.rows]
    return file_of(panel, [*[column.name for column in chosen.columns], "currency_code"], rows)


def _board(name: str) -> Any:
    if name not in BOARDS:
        raise HTTPException(404)
    return BOARDS[name]


def _choice(
    connection: psycopg.Connection,
    person: Person,
    board: str,
    administration: str,
    as_of: str,
    year: str,
    axis: str,
) -> tuple[list[_Books], Choice, dict[str, Any]]:
    """Return what may be chosen and what was; anything that is not on offer falls back to the first offer."""
    books = person.visible([_Books(row) for row in marts.administrations(connection)])
    ids = [each.administration_id for each in books if administration in (ALL, str(each.administration_id))]
    if board == "outstanding":
        days = outstanding.dates(connection, ids)
        chosen_day = next((each for each in days if each.isoformat() == as_of), None)
        return books, Choice(ids, chosen_day or _day_before(days, as_of)), {"dates": days}
    if board == "coverage":
        return books, Choice(ids), {}
    years = (assets if board == "assets" else profit).years(connection, ids)
    chosen_year = int(year) if year.isdigit() and int(year) in years else (years[0] if years else None)
    chosen_axis = axis if axis in profit.AXES else profit.AXES[0]
    return books, Choice(ids, None, chosen_year, chosen_axis), {"years": years}


def _day_before(days: list[date], wanted: str) -> date | None:
    """Return the last known day that is not after the one asked for; None means each administration's newest."""
    try:
        asked = date.fromisoformat(wanted)
    except ValueError:
        return None
    return max((each for each in days if each <= asked), default=None)


def file_of(name: str, columns: list[str], rows: list[dict[str, Any]]) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response("\ufeff" + mapping.write_csv(columns, rows), media_type="text/csv; charset=utf-8", headers=headers)
