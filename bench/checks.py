"""Whether the rows at the end are the rows that were sent: digests of both sides that need no order and no memory."""

from __future__ import annotations

import hashlib
from array import array
from contextlib import closing

import psycopg

from bench.contenders.floors import line_id
from bench.lines import LineFile

_MASK = (1 << 64) - 1


def newest_lines_digest(lines: LineFile, rows: int) -> tuple[int, int]:
    """Return how many lines the first rows of the file make, and the sum of the digests of their newest texts."""
    index = array("Q")
    index.frombytes(lines.index.read_bytes())
    digests: dict[str, int] = {}
    with lines.path.open("rb") as file:
        for place in range(rows):
            row = file.read(index[place + 1] - index[place])[:-1]
            digests[line_id(row)] = _digest(row)
    return len(digests), sum(digests.values()) & _MASK


def stored_lines_digest(conninfo: str) -> tuple[int, int]:
    """Return the same of what raw holds."""
    count = total = 0
    with closing(psycopg.connect(conninfo)) as connection, connection.cursor("lines") as cursor:
        cursor.itersize = 1000
        for (payload,) in cursor.execute(
            "select convert_to(payload::text, 'UTF8') from exact_raw.transaction_lines where deleted_at is null"
        ):
            count += 1
            total += _digest(payload)
    return count, total & _MASK


def _digest(row: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(row, digest_size=8).digest())
