"""The order of rows and the place of a `$skiptoken` in it. No encoding, no URLs."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import total_ordering
from typing import Any

from sandbox.messages import Refused
from sandbox.odata_literals import comparable
from sandbox.schema import Entity

Row = dict[str, Any]


@total_ordering
class _Backwards:
    """Turns an order around, for one field of a sort key."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Backwards) and self.value == other.value

    def __lt__(self, other: _Backwards) -> bool:
        return other.value < self.value

    __hash__ = None  # type: ignore[assignment]


@dataclass(frozen=True)
class Sorted:
    """Rows in order; `keys` are their places, `fields` what a place is made of."""

    rows: list[Row]
    keys: list[tuple]
    fields: tuple[str, ...]
    descending: bool
    edms: tuple[str, ...]

    def token_of(self, row: Row) -> tuple[Any, ...]:
        """Return the values that say where a row stands."""
        return tuple(row.get(name) for name in self.fields)

    def after(self, token: tuple[Any, ...]) -> int:
        """Return the index of the first row beyond a token; the row itself may be gone."""
        if len(token) != len(self.fields):
            raise Refused(400, "Error in query syntax.")
        try:
            return bisect_right(self.keys, _place(token, self.edms, self.descending))
        except (TypeError, AttributeError):
            raise Refused(400, "Error in query syntax.") from None


def sort_rows(entity: Entity, rows: list[Row], order_by: str | None, descending: bool) -> Sorted:
    """Put rows in the order of one field, then of their key; without a field in the order of the key alone."""
    fields = entity.key if order_by is None else (order_by, *(name for name in entity.key if name != order_by))
    edms = tuple(entity.fields[name] for name in fields)
    places = [_place(tuple(row.get(name) for name in fields), edms, descending) for row in rows]
    order = sorted(range(len(rows)), key=places.__getitem__)
    return Sorted([rows[i] for i in order], [places[i] for i in order], fields, descending, edms)


def _place(values: tuple[Any, ...], edms: tuple[str, ...], descending: bool) -> tuple:
    """Return a sort key; null comes first, and only the first field may run backwards."""
    parts: list[Any] = []
    for edm, value in zip(edms, values, strict=True):
        known = comparable(edm, value)
        parts.append((False,) if known is None else (True, known))
    if descending:
        parts[0] = _Backwards(parts[0])
    return tuple(parts)
