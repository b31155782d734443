"""What Exact says of administrations and users: system/Divisions and current/Me."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from exact_online.client import ExactClient
from exact_online.errors import AdministrationUnavailable, RequestRejected

#: The few fields the registry and the commands need of an administration.
FIELDS = [
    *("Code", "Hid", "Description", "Country", "Currency", "Legislation", "Status", "BlockingStatus", "StartDate"),
    *("ArchiveDate", "CustomerName", "DivisionMoveDate", "DivisionHRLinkUnlinkDate", "IsMainDivision"),
]

#: What the user may open and has granted to the app, of all licences; and all there are in one licence.
LISTED, ALL = "{division}/system/Divisions", "{division}/system/AllDivisions"


def me(client: ExactClient) -> dict[str, Any]:
    """Return the logged-in user (current/Me, the one path without an administration)."""
    return client.single("current/Me")


def list_divisions(client: ExactClient) -> list[dict[str, Any]]:
    """Return the administrations the user may access and granted to the app, by code."""
    rows: dict[int, dict[str, Any]] = {}
    for page in client.pages(LISTED, FIELDS):
        for text in page.rows:
            row = msgspec.json.decode(text, type=dict)
            rows[int(row["Code"])] = row
    return [rows[code] for code in sorted(rows)]


def find_division(client: ExactClient, code: int, path: str = LISTED) -> dict[str, Any] | None:
    """Return one administration's row, or None where it is not in the list.

    :param path: the user's own list, or `ALL` of the licence.
    """
    for page in client.pages(path, FIELDS, f"Code eq {code}"):
        for text in page.rows:
            row = msgspec.json.decode(text, type=dict)
            if int(row["Code"]) == code:
                return row
    return None


def open_division(own: ExactClient, others: Iterable[ExactClient], code: int, name: str) -> dict[str, Any]:
    """Return an administration's row, or raise AdministrationUnavailable with what stands in the way and the remedy.

    :param own: the administration's own client; an administration that is gone cannot be asked about itself.
    :param others: clients of the same grant for other administrations, which can.
    """
    refusal: AdministrationUnavailable | RequestRejected | None = None
    try:
        found = find_division(own, code)
    except (AdministrationUnavailable, RequestRejected) as exc:
        if getattr(exc, "status", None) not in ("no_access", 403, 404):
            raise
        found, refusal = None, exc
    if found is not None:
        return found
    is_there = _is_listed(others, code, ALL)
    if is_there is None and isinstance(refusal, AdministrationUnavailable):
        raise refusal  # nobody else can be asked: Exact's own words say most
    raise _missing(f"administration {code} ({name})", bool(is_there))


def require_readable(division: dict[str, Any]) -> None:
    """Raise AdministrationUnavailable where Exact has archived or blocked an administration."""
    where = f"administration {division['Code']} ({str(division.get('Description') or '').strip()})"
    if division.get("Status") == _ARCHIVED:
        raise AdministrationUnavailable(f"{where} is archived in Exact. Reactivate it there or remove it.", "archived")
    if division.get("BlockingStatus"):
        raise AdministrationUnavailable(
            f"{where} is blocked in Exact for now (backup, restore or conversion). The next run tries again.", "blocked"
        )


_ARCHIVED = 2


def _missing(where: str, is_there: bool) -> AdministrationUnavailable:
    if is_there:
        return AdministrationUnavailable(
            f"{where} is there, but the connected Exact user has no access to it. In Exact: user name > Users > the "
            "user > Administrations. Or remove it here.",
            "no_access",
        )
    return AdministrationUnavailable(
        f"{where} was not found: it was deleted in Exact, has another code there, or the user and the app lost access "
        "to it. Select it under its new code, give the user access to it in Exact, or remove it here.",
        "not_found",
    )


def _is_listed(others: Iterable[ExactClient], code: int, path: str) -> bool | None:
    """Return whether a list has the administration, by the first of the others that answers; None where none does."""
    for client in others:
        try:
            return find_division(client, code, path) is not None
        except (AdministrationUnavailable, RequestRejected):
            continue
    return None
