"""Fields that come, go or change their kind: told once per administration and endpoint; nothing fails because of them.

A row of each page is looked at. Raw keeps every field as sent, so nothing is lost meanwhile; a new field is used by
adding it to the catalogue. Postgres only.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import msgspec
import psycopg

from exact_online.catalogue import Endpoint

log = logging.getLogger(__name__)

_KINDS = {bool: "boolean", int: "number", float: "number", str: "text", dict: "object", list: "list"}
#: Describes a row, and is no field of it.
_NO_FIELDS = {"__metadata"}


def fields_of(row: bytes) -> dict[str, str]:
    """Return the fields of a row with the kind of value each holds: text, number, boolean, object, list or null."""
    content: dict[str, Any] = msgspec.json.decode(row, type=dict)
    return {name: _KINDS.get(type(value), "null") for name, value in content.items() if name not in _NO_FIELDS}


class Observer:
    """Compares what Exact sends with what it has sent so far, for one load."""

    def __init__(
        self, connection: psycopg.Connection, administration_id: int, endpoint: Endpoint, load_id: int
    ) -> None:
        self._connection = connection
        self._endpoint = endpoint
        self._values = {"administration_id": administration_id, "endpoint": endpoint.name, "load_id": load_id}
        rows = connection.execute(
            "select field, json_type from exact_ops.observed_fields "
            "where administration_id = %(administration_id)s and endpoint = %(endpoint)s",
            self._values,
        )
        self._known: dict[str, str] = dict(rows.fetchall())
        self._has_checked_missing = False

    def observe(self, fields: Mapping[str, str]) -> None:
        """Look at the fields of a row; joins the caller's transaction."""
        if not fields:
            return
        selected = set(self._endpoint.fields)
        known = self._known
        self._find("new", {name: f"a {kind}" for name, kind in fields.items() if name not in selected | set(known)})
        changed = {
            name: f"was a {known[name]}, now a {kind}"
            for name, kind in fields.items()
            if kind != "null" and known.get(name, "null") not in ("null", kind)
        }
        self._find("type changed", changed)
        if not self._has_checked_missing:
            self._has_checked_missing = True
            self._find("missing", {name: "asked for, not in the answer" for name in sorted(selected - set(fields))})
        learned = {name: kind for name, kind in fields.items() if known.get(name, "null") == "null" != kind}
        self._remember({name: kind for name, kind in fields.items() if name not in known} | learned)

    def _remember(self, learned: dict[str, str]) -> None:
        self._known |= learned
        if learned:
            self._connection.execute(
                "insert into exact_ops.observed_fields (administration_id, endpoint, field, json_type) "
                "select %(administration_id)s, %(endpoint)s, field, json_type "
                "from unnest(%(fields)s::text[], %(kinds)s::text[]) as learned (field, json_type) "
                "on conflict (administration_id, endpoint, field) do update set json_type = excluded.json_type",
                {**self._values, "fields": list(learned), "kinds": list(learned.values())},
            )

    def _find(self, finding: str, details: Mapping[str, str]) -> None:
        if not details:
            return
        told = self._connection.execute(
            "insert into exact_ops.schema_findings (administration_id, endpoint, field, finding, detail, load_id) "
            "select %(administration_id)s, %(endpoint)s, field, %(finding)s, detail, %(load_id)s "
            "from unnest(%(fields)s::text[], %(details)s::text[]) as found (field, detail) "
            "on conflict do nothing returning field, detail",
            {**self._values, "finding": finding, "fields": list(details), "details": list(details.values())},
        ).fetchall()
        if told:
            words = ", ".join(f"{field} ({detail})" for field, detail in told)
            log.warning("%s: fields %s: %s", self._endpoint.name, finding, words)
