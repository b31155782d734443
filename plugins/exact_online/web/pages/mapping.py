"""The mapping page: unmapped accounts first, one form per account, files down and up, undo; saving queues the marts."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

import psycopg
from fastapi import APIRouter, File, Form, Request, UploadFile
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from exact_online import mapping, overview
from exact_online.errors import ConfigError
from exact_online.figures import coverage
from exact_online.figures.marts import NotBuilt
from exact_online.mapping import Override
from exact_online.overview import Situation
from exact_online.web.airflow_inside import AirflowInside
from exact_online.web.gate import Changer, Looker, Permission, Person
from exact_online.web.opened import opened, situation_of
from exact_online.web.pages.dashboards import file_of
from exact_online.web.rendering import go_to, render

router = APIRouter()
_LARGEST_FILE = 5_000_000
Text = Annotated[str, Form()]


@router.get("/mapping")
def show(
    request: Request, person: Looker, administration: int = 0, words: str = "", open_only: str = "", account: str = ""
) -> Response:
    """Show the accounts of one administration."""
    with opened() as connection:
        visible = person.visible(overview.situations(connection))
        chosen = next((each for each in visible if each.administration_id == administration), None)
        chosen = chosen or (visible[0] if visible else None)
        context = _context(connection, chosen, words[:100], bool(open_only))
    may_change = chosen is not None and person.may(Permission.CHANGE, chosen.dag_id)
    context |= {"found": visible, "chosen": chosen, "words": words[:100], "open_only": bool(open_only)}
    return render(request, person, "mapping.html", may_change=may_change, account=account, axes=mapping.AXES, **context)


@router.post("/mapping/{administration_id}")
def save(
    request: Request,
    person: Changer,
    administration_id: int,
    account_code: Text = "",
    reporting_line_code: Text = "",
    axis_value: Text = "",
    valid_from: Text = "",
    valid_to: Text = "",
    comment: Text = "",
) -> Response:
    """Store one mapping and queue the marts."""
    with opened() as connection:
        found = situation_of(connection, person, administration_id, Permission.CHANGE)
        axis, _, axis_code = axis_value.partition(":")
        override = Override(
            found.environment,
            found.division_code,
            account_code,
            axis,
            axis_code,
            reporting_line_code,
            _day(valid_from),
            _day(valid_to),
            comment,
        )
        _check_known(connection, administration_id, [override])
        mapping.save(connection, [override], person.name)
    return _queued(request, person, administration_id, "mapped")


@router.post("/mapping/{administration_id}/undo/{override_id}")
def undo(request: Request, person: Changer, administration_id: int, override_id: int) -> Response:
    """Take one mapping back and queue the marts."""
    with opened() as connection:
        found = situation_of(connection, person, administration_id, Permission.CHANGE)
        stored = mapping.find(connection, override_id)
        if stored is None or (stored.environment, stored.division_code) != (found.environment, found.division_code):
            raise HTTPException(404)
        mapping.undo(connection, override_id, person.name)
    return _queued(request, person, administration_id, "undone")


@router.get("/mapping/{administration_id}.csv")
def download(request: Request, person: Looker, administration_id: int) -> Response:
    """Return the stored mapping as a file that can be uploaded again."""
    with opened() as connection:
        found = situation_of(connection, person, administration_id)
        rows = mapping.stored(connection, found.environment, found.division_code, live_only=True)
    return file_of(
        f"mapping-{found.environment}-{found.division_code}", list(mapping.COLUMNS), [vars(each) for each in rows]
    )


@router.post("/mapping/{administration_id}/upload")
def upload(request: Request, person: Changer, administration_id: int, file: Annotated[UploadFile, File()]) -> Response:
    """Store the rows of a file, all or none, and queue the marts."""
    content = file.file.read(_LARGEST_FILE + 1)
    if len(content) > _LARGEST_FILE:
        raise ConfigError("the file is larger than 5 MB; nothing was stored")
    try:
        rows = mapping.read_csv(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise ConfigError("the file is not UTF-8 text; nothing was stored") from None
    with opened() as connection:
        found = situation_of(connection, person, administration_id, Permission.CHANGE)
        strangers = {(each.environment, each.division_code) for each in rows} - {
            (found.environment, found.division_code)
        }
        if strangers:
            names = ", ".join(f"{environment} {code}" for environment, code in sorted(strangers))
            raise ConfigError(f"the file names other administrations ({names}); nothing was stored")
        _check_known(connection, administration_id, rows)
        mapping.save(connection, rows, person.name)
    return _queued(request, person, administration_id, "uploaded")


def _context(connection: psycopg.Connection, chosen: Situation | None, words: str, open_only: bool) -> dict[str, Any]:
    empty: dict[str, Any] = {"accounts": [], "lines": [], "members": [], "history": [], "is_built": False}
    if chosen is None:
        return empty
    history = mapping.stored(connection, chosen.environment, chosen.division_code, live_only=False)
    ids = [chosen.administration_id]
    try:
        return {
            "accounts": coverage.accounts(connection, ids, words, open_only),
            "lines": coverage.reporting_lines(connection, ids),
            "members": coverage.axis_members(connection, ids),
            "history": history,
            "is_built": True,
        }
    except NotBuilt:
        return {**empty, "history": history}


def _check_known(connection: psycopg.Connection, administration_id: int, overrides: list[Override]) -> None:
    """Raise ConfigError for a reporting line that does not exist: it would stop the next build."""
    try:
        known = {row["reporting_line_code"] for row in coverage.reporting_lines(connection, [administration_id])}
    except NotBuilt:
        raise ConfigError("the marts were not built yet; wait for the first import") from None
    unknown = sorted({each.reporting_line_code.strip() for each in overrides} - known)
    if unknown:
        raise ConfigError(f"unknown reporting line: {', '.join(unknown)[:200] or '(none chosen)'}; nothing was stored")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip()) if text.strip() else None
    except ValueError:
        raise ConfigError("a date must be written as 2026-01-31") from None


def _queued(request: Request, person: Person, administration_id: int, done: str) -> Response:
    airflow = AirflowInside(person.name)
    airflow.note("mapping", f"administration {administration_id}: {done}")
    airflow.build_marts()
    return go_to(request, "/mapping", done, administration=administration_id)
