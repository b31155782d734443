"""What a test makes smaller, so that little work reaches Exact's limits: calls per minute, rows per page."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sandbox.schema import Entity

#: Exact's own, per app and administration.
CALLS_PER_MINUTE = 60
_NAMES = ("calls_per_minute", "page_rows")


@dataclass
class Scale:
    """Exact's own size until it is changed. `page_rows` None leaves each endpoint its page."""

    calls_per_minute: int = CALLS_PER_MINUTE
    page_rows: int | None = None

    def change(self, content: dict[str, Any]) -> dict[str, Any]:
        """Take over what is given, the rest becomes Exact's own again. Raises ValueError, and then changes nothing."""
        if set(content) - set(_NAMES):
            raise ValueError(f"the names are {', '.join(_NAMES)}")
        if any(isinstance(value, bool) or not isinstance(value, int) or value < 1 for value in content.values()):
            raise ValueError("a scale is a whole number from 1 on")
        self.calls_per_minute = content.get("calls_per_minute", CALLS_PER_MINUTE)
        self.page_rows = content.get("page_rows")
        return {name: getattr(self, name) for name in _NAMES}

    def fit(self, entity: Entity) -> Entity:
        """Return an endpoint with pages no larger than the scale's."""
        if self.page_rows is None or self.page_rows >= entity.page_size:
            return entity
        return replace(entity, page_size=self.page_rows)
