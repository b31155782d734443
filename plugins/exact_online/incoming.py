"""Rows on their way from a page into PostgreSQL: what the loader knows of each, and their text for COPY."""

from __future__ import annotations

from typing import NamedTuple

import psycopg

#: Fiscal year and period.
Period = tuple[int, int]
_ROWS_PER_WRITE = 100
#: Rows are some two kilobytes of JSON, which PostgreSQL compresses: with lz4, where it was built with it (as all usual
#: packages are), in half the time of its own method and to the same size. It holds for the session's own values only.
COMPRESS_WITH_LZ4 = (
    "select set_config(name, 'lz4', false) from pg_settings "
    "where name = 'default_toast_compression' and 'lz4' = any (enumvals)"
)
_INCOMING = (
    "create temporary table if not exists incoming (id text, sync_timestamp bigint, payload json) on commit delete rows"
)


class Row(NamedTuple):
    """One row as the loader sees it: its id, its row version if any, its JSON text.

    `as_sent` is Exact's own text where it differs from `payload`, because no database text can hold it. `period` is
    the fiscal year and period of a ledger line.
    """

    id: str
    sync_timestamp: int | None
    payload: bytes
    as_sent: bytes | None = None
    period: Period | None = None


def prepare(connection: psycopg.Connection) -> None:
    """Make the temporary table that pages pass through, once per connection."""
    connection.execute(f"{COMPRESS_WITH_LZ4}; {_INCOMING}")


def write(copy: psycopg.Copy, rows: list[Row], before: bytes = b"") -> None:
    """Write rows some at a time: PostgreSQL takes in what it has while we prepare the next ones.

    :param before: the text of the columns before a row's own.
    """
    for start in range(0, len(rows), _ROWS_PER_WRITE):
        copy.write(b"".join([before + _copy_line(row) for row in rows[start : start + _ROWS_PER_WRITE]]))


def _copy_line(row: Row) -> bytes:
    """Return a row as a line of COPY's text format."""
    version = b"\\N" if row.sync_timestamp is None else b"%d" % row.sync_timestamp
    return b"%b\t%b\t%b\n" % (_copy_text(row.id.encode()), version, _copy_text(row.payload))


def _copy_text(text: bytes) -> bytes:
    """Escape what COPY's text format gives a meaning to."""
    return text.replace(b"\\", b"\\\\").replace(b"\n", b"\\n").replace(b"\t", b"\\t").replace(b"\r", b"\\r")


def newest(rows: list[Row]) -> list[Row]:
    """Return one row per id: the highest version, and of equal ones the last."""
    kept: dict[str, Row] = {}
    for row in rows:
        known = kept.get(row.id)
        if known is None or (row.sync_timestamp or 0) >= (known.sync_timestamp or 0):
            kept[row.id] = row
    return list(kept.values())
