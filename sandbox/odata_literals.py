"""OData v2 literals: reading them from a URL and writing keys back into one. No expressions here."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from sandbox.messages import Refused

NUMBERS = {"Int64", "Int32", "Int16", "Byte", "Double"}
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(:\d\d)?(\.\d{1,7})?")
_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_TOKEN = re.compile(
    r"\s*(?:(?P<moment>datetime'[^']*')|(?P<guid>guid'[^']*')|(?P<text>'(?:[^']|'')*')"
    r"|(?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?[LlMmDdFf]?)(?![\w.])|(?P<word>[A-Za-z_]\w*)|(?P<mark>[(),=]))"
)


@dataclass(frozen=True)
class Token:
    """A piece of an expression: a literal with its kind and value, a word or a mark; `at` is its position."""

    kind: str  # DateTime | Guid | String | Number | word | mark | end
    value: Any
    at: int


def tokens(text: str) -> list[Token]:
    """Cut an expression into tokens, the last one of kind `end`."""
    found, at = [], 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        if not match:
            raise Refused(400, f"Syntax error at position {at}.")
        found.append(_token(match))
        at = match.end()
    return [*found, Token("end", None, len(text))]


def _token(match: re.Match[str]) -> Token:
    group = match.lastgroup or ""
    raw, at = match.group(group), match.start(group)
    if group == "moment":
        return Token("DateTime", moment_of(raw[9:-1], at), at)
    if group == "guid":
        if not _GUID.fullmatch(raw[5:-1]):
            raise Refused(400, f"Unrecognized 'Edm.Guid' literal '{raw}' at position {at}.")
        return Token("Guid", raw[5:-1].lower(), at)
    if group == "text":
        return Token("String", raw[1:-1].replace("''", "'"), at)
    if group == "number":
        return Token("Number", Decimal(raw.rstrip("LlMmDdFf")), at)
    return Token(group, raw, at)


def moment_of(text: str, at: int = 0) -> datetime:
    """Read the inside of `datetime'...'`; the time part is mandatory, fractions beyond microseconds are cut."""
    match = _MOMENT.fullmatch(text)
    try:
        if not match:
            raise ValueError(text)
        day, minutes, seconds, fraction = match.groups()
        return datetime.fromisoformat(f"{day}T{minutes}{seconds or ':00'}{(fraction or '.0')[:7]:0<7}")
    except ValueError:
        raise Refused(400, f"Unrecognized 'Edm.DateTime' literal 'datetime'{text}'' at position {at}.") from None


def literals(text: str) -> list[Any]:
    """Read a comma-separated list of literals, as in `$skiptoken`; `null` is None."""
    values = []
    found = tokens(text)
    for position, token in enumerate(found[:-1]):
        if position % 2:
            if (token.kind, token.value) != ("mark", ","):
                raise Refused(400, f"Syntax error at position {token.at}.")
        else:
            values.append(constant(token))
    if len(found) % 2:
        raise Refused(400, f"Syntax error at position {found[-1].at}.")
    return values


def constant(token: Token) -> Any:
    """Return the value of a literal token."""
    if token.kind == "word" and token.value in ("true", "false", "null"):
        return {"true": True, "false": False, "null": None}[token.value]
    if token.kind in ("word", "mark", "end"):
        raise Refused(400, f"Syntax error at position {token.at}.")
    return token.value


_WRITERS: dict[str, Callable[[Any], str]] = {
    "Guid": lambda value: f"guid'{value}'",
    "String": lambda value: "'" + value.replace("'", "''") + "'",
    "DateTime": lambda value: f"datetime'{_iso(value)}'",
    "Boolean": lambda value: "true" if value else "false",
    "Int64": lambda value: f"{value}L",
}


def literal(edm: str, value: Any) -> str:
    """Write a value as a literal of its type."""
    return "null" if value is None else _WRITERS.get(edm, str)(value)


def _iso(value: date) -> str:
    if not isinstance(value, datetime):
        return f"{value.isoformat()}T00:00:00"
    return value.isoformat(timespec="milliseconds" if value.microsecond else "seconds")


def comparable(edm: str, value: Any) -> Any:
    """Bring a row's value into the form literals have: days become midnights, guids lower case."""
    if edm == "DateTime" and isinstance(value, date) and not isinstance(value, datetime):
        return datetime.combine(value, time.min)
    return value.lower() if edm == "Guid" and value is not None else value
