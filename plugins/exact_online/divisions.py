"""What Exact says of administrations and users: system/Divisions and current/Me."""

from __future__ import annotations

from typing import Any

import msgspec

from exact_online.client import ExactClient

#: The few fields the registry and the commands need of an administration.
FIELDS = [
    *("Code", "Hid", "Description", "Country", "Currency", "Legislation", "Status", "BlockingStatus", "StartDate"),
    *("ArchiveDate", "CustomerName", "DivisionMoveDate", "DivisionHRLinkUnlinkDate", "IsMainDivision"),
]


def me(client: ExactClient) -> dict[str, Any]:
    """Return the logged-in user (current/Me, the one path without an administration)."""
    return client.single("current/Me")


def list_divisions(client: ExactClient) -> list[dict[str, Any]]:
    """Return the administrations the user may access and granted to the app, by code."""
    rows: dict[int, dict[str, Any]] = {}
    for page in client.pages("{division}/system/Divisions", FIELDS):
        for text in page.rows:
            row = msgspec.json.decode(text, type=dict)
            rows[int(row["Code"])] = row
    return [rows[code] for code in sorted(rows)]


def find_division(client: ExactClient, code: int) -> dict[str, Any] | None:
    """Return one administration's row, or None where it is not in the user's list."""
    for page in client.pages("{division}/system/Divisions", FIELDS, f"Code eq {code}"):
        for text in page.rows:
            row = msgspec.json.decode(text, type=dict)
            if int(row["Code"]) == code:
                return row
    return None
