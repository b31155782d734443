"""The wire format of Exact Online's OData v2 JSON, as pure functions.

No network and no database here. Rows stay the exact bytes Exact sent (`msgspec.Raw`), so amounts never pass
through a float and unknown new fields are kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from operator import attrgetter
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import unquote

import msgspec

from exact_online.errors import DataContractError


class Page(NamedTuple):
    """Rows as sent, and the absolute link to the next page or None.

    `unstorable` has, by the number of its row, the text as sent of each row that had to be mended (see `_mended`).
    """

    rows: list[bytes]
    next_link: str | None
    unstorable: Mapping[int, bytes] = MappingProxyType({})


class _Results(msgspec.Struct):
    results: list[msgspec.Raw]
    next_link: str | None = msgspec.field(name="__next", default=None)


class _Envelope(msgspec.Struct):
    d: _Results | list[msgspec.Raw]


_decode_envelope = msgspec.json.Decoder(_Envelope).decode
_ERROR = b'{"error":'
#: Every escape of a JSON text, one after the other, so that an escaped backslash before a `u` is not mistaken.
_ESCAPES = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|(?P<unstorable>\\u0000|\\u[dD][89a-fA-F][0-9a-fA-F]{2})|\\.",
    re.DOTALL,
)
#: What `_ESCAPES` looks for may be where this is found, and is not where it is not: a quick look for the usual page.
_UNSTORABLE = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
_SKIP_VERSION = re.compile(r"[?&]\$skiptoken=(\d+)L?(?:&|$)")
_DIVISION_IN_URI = re.compile(r"/api/v1/(?:beta/)?(\d+)/")


def parse_page(body: bytes) -> Page:
    """Return the rows of any collection envelope: `{"d": {"results": [...]}}` or `{"d": [...]}`.

    Anything else is a failure, never "zero rows" (protocol facts, section 4.4). So is an error object among the rows:
    Exact starts to stream before its query has finished.
    """
    mended = _mended(body)
    try:
        found = _decode_envelope(mended).d
        raw, next_link = (found, None) if isinstance(found, list) else (found.results, found.next_link)
        rows = [bytes(row) for row in raw]
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError) as exc:
        raise DataContractError(f"Exact's answer is not a complete OData collection: {exc}") from exc
    for row in rows:
        if row.startswith(_ERROR):
            raise DataContractError(f"Exact broke off among the rows: {error_text(row) or 'no reason given'}")
    return Page(rows, next_link, _as_sent(rows, body, mended) if mended is not body else {})


def _mended(body: bytes) -> bytes:
    """Return the body with what no database text can hold replaced by U+FFFD: NUL, and half of a surrogate pair.

    Both are valid JSON to the letter and turn up in texts that were cut; PostgreSQL stores them as json but fails on
    every look at the text. What replaces them is as long, so that every row stays where it is.
    """
    if not _UNSTORABLE.search(body):
        return body
    mended = _ESCAPES.sub(lambda found: b"\\ufffd" if found["unstorable"] else found[0], body)
    return body if mended == body else mended


def _as_sent(rows: list[bytes], body: bytes, mended: bytes) -> dict[int, bytes]:
    """Return the rows that differ from what was sent, as sent."""
    found, position = {}, 0
    for number, row in enumerate(rows):
        position = mended.index(row, position)
        sent = body[position : position + len(row)]
        if sent != row:
            found[number] = sent
        position += len(row)
    return found


def parse_single(body: bytes) -> dict[str, Any]:
    """Return the one entity of `{"d": {...}}`, or the first row of a collection."""
    try:
        entity = msgspec.json.decode(_mended(body), type=dict)["d"]
        if isinstance(entity, dict) and "results" in entity:
            entity = entity["results"]
        if isinstance(entity, list):
            entity = entity[0]
    except (msgspec.DecodeError, msgspec.ValidationError, KeyError, IndexError) as exc:
        raise DataContractError("Exact's answer is not an OData entity") from exc
    if not isinstance(entity, dict):
        raise DataContractError("Exact's answer is not an OData entity")
    return entity


def parse_count(body: bytes) -> int | None:
    """Return the number of rows of the whole collection (`$inlinecount=allpages`), or None where it is not told."""
    parse_page(body)
    inner = msgspec.json.decode(_mended(body), type=dict)["d"]
    count = inner.get("__count") if isinstance(inner, dict) else None
    return int(str(count)) if str(count).isdigit() else None


class RowHeader(NamedTuple):
    """What the loader must know of a row; the rest stays text."""

    id: str
    timestamp: int | None
    division: int | None
    period: tuple[int, int] | None = None


def row_reader(
    key: tuple[str, ...], has_version: bool = False, period: tuple[str, ...] = ()
) -> Callable[[bytes], RowHeader]:
    """Return a function from a row's bytes to its RowHeader, reading only the fields it needs.

    A composite key is joined with `|` in the order given. Int64 values may be strings or numbers. Without
    `has_version` the rows have no version, whatever a field of that name says.

    :param period: the two fields that hold the fiscal year and period of a ledger line.
    """
    fields = [(f"k{i}", str | int | None, msgspec.field(name=name, default=None)) for i, name in enumerate(key)]
    fields += [
        ("row_version", str | int | None, msgspec.field(name="Timestamp", default=None)),
        ("row_division", int | str | None, msgspec.field(name="Division", default=None)),
        ("metadata", dict | None, msgspec.field(name="__metadata", default=None)),
    ]
    fields += [(f"p{i}", int | None, msgspec.field(name=name, default=None)) for i, name in enumerate(period)]
    decode = msgspec.json.Decoder(msgspec.defstruct("RowHead", fields)).decode
    parts_of = attrgetter(*(f"k{i}" for i in range(len(key))))

    def read(row: bytes) -> RowHeader:
        try:
            head: Any = decode(row)
            timestamp = int(head.row_version) if has_version and head.row_version is not None else None
            division = None if head.row_division is None else int(head.row_division)
        except (msgspec.DecodeError, msgspec.ValidationError, ValueError) as exc:
            raise DataContractError(f"a row cannot be read: {exc}") from exc
        parts = parts_of(head) if len(key) > 1 else (parts_of(head),)
        if None in parts or "" in parts:
            raise DataContractError(f"a row has no value for its key {'|'.join(key)}")
        if has_version and timestamp is None:
            raise DataContractError(f"row {'|'.join(map(str, parts))} has no Timestamp")
        if division is None and head.metadata:
            division = _division_of_uri(str(head.metadata.get("uri", "")))
        where = (head.p0, head.p1) if period and head.p0 is not None and head.p1 is not None else None
        return RowHeader("|".join(str(part).strip() for part in parts), timestamp, division, where)

    return read


def skip_version(link: str | None) -> int | None:
    """Return the row version a link to the next page goes on behind (`$skiptoken=387L`), or None if it names none."""
    found = _SKIP_VERSION.search(unquote(link or ""))
    return int(found.group(1)) if found else None


def _division_of_uri(uri: str) -> int | None:
    found = _DIVISION_IN_URI.search(uri)
    return int(found.group(1)) if found else None


def error_text(body: bytes, limit: int = 300) -> str:
    """Return Exact's own words from an error body, cut to `limit` characters; "" when there are none."""
    try:
        content = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return ""
    error = content.get("error") if isinstance(content, dict) else None
    if isinstance(error, dict):
        message = error.get("message")
        text = message.get("value", "") if isinstance(message, dict) else message
    else:
        text = " ".join(str(part) for part in (error, content.get("error_description")) if part) if error else ""
    return " ".join(str(text or "").split())[:limit]
