"""Empty rows per endpoint, with every field the documentation lists, taken from `sandbox/schema.json`.

Collections (deferred links) and binaries are left to the HTTP side. No values are invented here.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

Row = dict[str, Any]
SCHEMA_FILE = Path(__file__).resolve().parents[1] / "schema.json"
ZERO_GUID = "00000000-0000-0000-0000-000000000000"


@cache
def schema() -> dict[str, Any]:
    """Read the field lists once per process."""
    return json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))


@cache
def _template(path: str) -> Row:
    fields = schema()[path]["fields"]
    return {name: None for name, kind in fields.items() if kind not in ("Collection", "Binary")}


def blank(path: str) -> Row:
    """Return a fresh row of an endpoint with every field empty."""
    return _template(path).copy()


def key_of(path: str, row: Row) -> str:
    """Write a row's key as text, composite keys joined with `|` in the documented order."""
    return "|".join(str(row[name]) for name in schema()[path]["key"])
