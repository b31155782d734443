"""What Exact says of users and administrations: current/Me, the three lists of administrations, rights, SyncTimestamp.

Makes rows and values; the envelope is made elsewhere.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sandbox.clock import Clock
from sandbox.messages import Refused
from sandbox.odata_literals import comparable, moment_of, tokens
from sandbox.tables import Tables
from sandbox.tokens import Caller
from sandbox.world import World

Row = dict[str, Any]
ME = "current/Me"
SYSTEM_DIVISIONS = "system/Divisions"
ALL_DIVISIONS = "system/AllDivisions"
HRM_DIVISIONS = "hrm/Divisions"
SYNC_TIMESTAMP = "read/sync/Sync/SyncTimestamp"
#: Below a division and yet not books; current/Me stands above all divisions.
PATHS = {SYSTEM_DIVISIONS, ALL_DIVISIONS, HRM_DIVISIONS, SYNC_TIMESTAMP}

_NAMESPACE = uuid.UUID("3f0d7a52-5f0b-4e0a-8f4e-5d0d6f2c7b11")
_ARCHIVED = 2
_COUNTRIES = {"NL": "Nederland", "BE": "België"}
_CURRENCIES = {"EUR": "Euro", "USD": "US dollar"}
_LEGISLATIONS = {"NL": 1, "BE": 2}
#: The endpoints whose dates SyncTimestamp can turn into a row version, as far as the sandbox has them.
_DATED = {
    "TransactionLines": "sync/Financial/TransactionLines",
    "Projects": "sync/Project/Projects",
    "ProjectWBS": "sync/Project/ProjectWBS",
}


def user_id(user_name: str) -> str:
    """Return a user's GUID, always the same for a name."""
    return str(uuid.uuid5(_NAMESPACE, user_name))


def current_division(world: World, caller: Caller) -> int:
    """Return the administration Exact counts as the user's current one: the main one if the app may see it."""
    own = [code for code in sorted(caller.divisions) if world.may_access(code)]
    main = [code for code in own if world.division(code)["IsMainDivision"]]
    return (main or own or [0])[0]


def me(world: World, caller: Caller, clock: Clock) -> Row:
    """Return the row of current/Me."""
    code = current_division(world, caller)
    division = world.division(code) if code else {}
    wall = clock.wall()
    offset = wall.utcoffset()
    return {
        "UserID": user_id(caller.user_name),
        "UserName": caller.user_name,
        "FullName": "Demo User",
        "FirstName": "Demo",
        "LastName": "User",
        "Email": caller.user_name,
        "CurrentDivision": code,
        "AccountingDivision": code,
        "DivisionCustomer": division.get("Customer"),
        "DivisionCustomerCode": division.get("CustomerCode"),
        "DivisionCustomerName": division.get("CustomerName"),
        "CustomerCode": division.get("CustomerCode"),
        "EmployeeID": "00000000-0000-0000-0000-000000000000",
        "IsClientUser": False,
        "IsEmployeeSelfServiceUser": False,
        "IsMyFirmLiteUser": False,
        "IsMyFirmPortalUser": False,
        "IsOEIMigrationMandatory": False,
        "IsStarterUser": False,
        "Language": "EN-GB",
        "LanguageCode": "EN-GB",
        "Legislation": _LEGISLATIONS.get((division.get("Legislation") or "").strip(), 1),
        "ServerTime": wall.strftime("%Y-%m-%dT%H:%M:%S"),
        "ServerUtcOffset": int(offset.total_seconds()) if offset else 0,
    }


def divisions(world: World, caller: Caller, path: str) -> list[Row]:
    """Return one of the three lists: what the user may open, or (AllDivisions) all the app was granted."""
    granted = [code for code in sorted(caller.divisions) if world.exists(code)]
    current = current_division(world, caller)
    rows = []
    for code in granted:
        if path == ALL_DIVISIONS or world.may_access(code):
            row = {**world.division(code), "Current": code == current}
            rows.append(_hrm_row(row) if path == HRM_DIVISIONS else row)
    return rows


def _hrm_row(row: Row) -> Row:
    """hrm/Divisions names some fields differently and has other status codes: 0 regular, 1 archived."""
    return {
        **row,
        "HID": row["Hid"],
        "Main": row["IsMainDivision"],
        "Status": int(row["Status"] == _ARCHIVED),
        "CountryDescription": _COUNTRIES.get((row["Country"] or "").strip()),
        "CurrencyDescription": _CURRENCIES.get(row["Currency"]),
    }


def quoted(parameters: dict[str, str], name: str) -> str:
    """Return the text of a function's parameter, which must stand in quotes."""
    found = tokens(parameters.get(name, ""))
    if len(found) != 2 or found[0].kind != "String":
        raise Refused(400, f"Bad Request - Error in query syntax: parameter '{name}' is missing or not a string.")
    return found[0].value


def has_right(tables: Tables, path: str, action: str) -> bool:
    """Whether the user may do something with an endpoint; the app may only read."""
    refused = any(path.startswith(prefix) for prefix in tables.administration.unavailable)
    return action.upper() == "GET" and not refused and (path in PATHS or tables.has(path))


def sync_timestamp(tables: Tables, parameters: dict[str, str]) -> Row:
    """Return a row version such that everything changed since a moment lies above it."""
    name = quoted(parameters, "endPoint")
    if name not in _DATED:
        raise Refused(400, f"Bad Request - Error in query syntax: endPoint '{name}' is not supported.")
    since = _since(parameters.get("modified", ""))
    rows = tables.rows(_DATED[name])
    later = [row["Timestamp"] for row in rows if comparable("DateTime", row["Modified"]) >= since]
    version = min(later) - 1 if later else max((row["Timestamp"] for row in rows), default=0)
    return {"Modified": since, "API": name, "TimeStampAsBigInt": version}


def _since(text: str) -> datetime:
    """This function takes a day without a time part too."""
    if text.startswith("datetime'") and text.endswith("'"):
        inside = text[9:-1]
        return moment_of(inside if "T" in inside else f"{inside}T00:00:00")
    raise Refused(400, "Bad Request - Error in query syntax: parameter 'modified' is missing or not a datetime.")
