"""Rows to JSON text as Exact writes it, by Edm type. Knows nothing of envelopes, pages or where rows come from."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import Decimal
from json.encoder import encode_basestring
from typing import Any

from sandbox.odata_literals import literal
from sandbox.schema import Entity

Row = dict[str, Any]
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_DAY_MILLISECONDS = 86_400_000


def milliseconds(value: date) -> int:
    """Return ms since 1970 of a wall time read as if it were UTC; a day is its midnight."""
    days = (value.toordinal() - _EPOCH_DAY) * _DAY_MILLISECONDS
    if not isinstance(value, datetime):
        return days
    seconds = (value.hour * 60 + value.minute) * 60 + value.second
    return days + seconds * 1000 + value.microsecond // 1000


def double(value: Decimal | int | float) -> str:
    """Write a number in the shortest plain form: 0, -0.01, 316.5; never an exponent, never a minus zero."""
    if isinstance(value, int):
        return str(value)
    text = format(value if isinstance(value, Decimal) else Decimal(repr(value)), "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


_ENCODERS: dict[str, Callable[[Any], str]] = {
    "Int64": lambda value: f'"{value}"',
    "Int32": str,
    "Int16": str,
    "Byte": lambda value: str(int(value)),
    "Double": double,
    "Boolean": lambda value: "true" if value else "false",
    "Guid": lambda value: f'"{value.lower()}"',
    "String": encode_basestring,
    "DateTime": lambda value: f'"/Date({milliseconds(value)})/"',
    "Binary": lambda value: "null",
}


def key_text(entity: Entity, row: Row) -> str:
    """Write a row's key as it stands in its address: `guid'...'`, `5L`, `Journal='90',Period=1,Year=2026`."""
    if len(entity.key) == 1:
        return literal(entity.fields[entity.key[0]], row[entity.key[0]])
    return ",".join(f"{name}={literal(entity.fields[name], row[name])}" for name in entity.key)


class RowWriter:
    """Writes rows of one endpoint with one choice of fields.

    :param address: the collection's absolute address, for `__metadata` and deferred links.
    """

    def __init__(self, entity: Entity, select: tuple[str, ...] | None, address: str) -> None:
        self._entity = entity
        self._address = address
        self._plan: list[tuple[str, str, str, Callable[[Any], str] | None]] = []
        for name in select or entity.fields:
            encode = _ENCODERS.get(entity.fields[name])
            self._plan.append((name, f'"{name}":', f'"{name}":null', encode))

    def uri(self, row: Row) -> str:
        """Return the row's own address."""
        return f"{self._address}({key_text(self._entity, row)})"

    def write(self, row: Row) -> str:
        """Return the row's JSON object; fields in Exact's order, `__metadata` first."""
        uri = self.uri(row)
        parts = [f'"__metadata":{{"uri":{encode_basestring(uri)},"type":"{self._entity.type_name}"}}']
        for name, label, null, encode in self._plan:
            if encode is None:
                parts.append(f'{label}{{"__deferred":{{"uri":{encode_basestring(f"{uri}/{name}")}}}}}')
            else:
                value = row.get(name)
                parts.append(null if value is None else label + encode(value))
        return "{" + ",".join(parts) + "}"

    def write_all(self, rows: Iterable[Row]) -> str:
        """Return the rows as the inside of a JSON array."""
        return ",".join(map(self.write, rows))
