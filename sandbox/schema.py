"""The documented endpoints, from `schema.json`: paths, keys, page sizes, fields and types. Holds no rows."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

_FILE = Path(__file__).with_name("schema.json")
#: Besides bulk and sync: endpoints that refuse a query with neither `$select` nor `$top=1`.
_SELECT_NEEDED = {"financial/ReportingBalance", "cashflow/Receivables"}


@dataclass(frozen=True)
class Entity:
    """One endpoint. `fields` maps names to Edm types, in the order Exact sends them."""

    path: str
    key: tuple[str, ...]
    page_size: int
    fields: dict[str, str]
    filterable: frozenset[str] | None

    def __hash__(self) -> int:
        return hash(self.path)

    @property
    def is_sync(self) -> bool:
        """Sync endpoints are keyed by row version."""
        return self.path.startswith("sync/")

    @property
    def is_bulk(self) -> bool:
        """Bulk endpoints filter on listed fields only."""
        return self.path.startswith("bulk/")

    @property
    def needs_select(self) -> bool:
        """Whether `$select` (or `$top=1`) must be given."""
        return self.is_bulk or self.is_sync or self.path in _SELECT_NEEDED

    @cached_property
    def type_name(self) -> str:
        """The name in `__metadata`."""
        service, name = self.path.rsplit("/", 1)
        words = ".".join(word[:1].upper() + word[1:] for word in service.split("/"))
        return f"Exact.Web.Api.Models.{words}.{name.removesuffix('s')}"


@cache
def entities() -> dict[str, Entity]:
    """Return all documented endpoints by their path below the division."""
    content = json.loads(_FILE.read_text("utf-8"))
    return {path: _entity(path, entry) for path, entry in content.items()}


def _entity(path: str, entry: dict) -> Entity:
    key = ("Timestamp",) if path.startswith("sync/") else tuple(entry["key"])
    # Only bulk is known to insist on the list; ordinary endpoints show it in the documentation and take more.
    listed = entry.get("filterable") if path.startswith("bulk/") else None
    if path.startswith("sync/"):
        listed = ["Timestamp", "EntityType"] if path == "sync/Deleted" else ["Timestamp"]
    return Entity(path, key, entry["page_size"], entry["fields"], frozenset(listed) if listed else None)
