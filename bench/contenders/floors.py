"""The least that can be done with the same pages, without any of the guards: what a ratio is a ratio to.

    split   read all pages and cut them into rows
    copy    that, COPY of each row's text into a temporary table, one merge into a table with the key; one transaction
    typed   that, and one pass of json_to_record into a typed table with its key

Run: `python -m bench.contenders.floors JSON`.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import psycopg
import requests

from bench.measure import peak_of
from exact_online.incoming import COMPRESS_WITH_LZ4


class _Results(msgspec.Struct):
    results: list[msgspec.Raw]
    next_link: str | None = msgspec.field(name="__next", default=None)


class _Envelope(msgspec.Struct):
    d: _Results


class _Id(msgspec.Struct):
    ID: str


_envelope = msgspec.json.Decoder(_Envelope).decode
_decode_id = msgspec.json.Decoder(_Id).decode


def line_id(row: bytes) -> str:
    """Return the id of a line."""
    return _decode_id(row).ID


def pages(address: str, division: int) -> Iterator[list[bytes]]:
    """Yield the rows of each page as text."""
    session = requests.Session()
    session.trust_env = False
    link: str | None = (
        f"{address}/api/v1/{division}/sync/Financial/TransactionLines?$filter=Timestamp%20gt%200L&$select=ID"
    )
    while link:
        page = _envelope(session.get(link, timeout=120).content).d
        yield [bytes(row) for row in page.results]
        link = page.next_link


def copy(address: str, division: int, connection: psycopg.Connection) -> int:
    """Copy all pages and merge them once."""
    connection.execute(COMPRESS_WITH_LZ4)
    connection.execute("create table plain (id text primary key, payload json not null)")
    connection.execute("create temporary table incoming (id text, payload json)")
    rows = 0
    with connection.cursor().copy("copy incoming from stdin") as target:
        for page in pages(address, division):
            rows += len(page)
            # In COPY's text format only the backslash of JSON needs another.
            target.write(b"".join(b"%b\t%b\n" % (line_id(r).encode(), r.replace(b"\\", b"\\\\")) for r in page))
    connection.execute(
        "insert into plain select id, payload from incoming on conflict (id) do update set payload = excluded.payload"
    )
    return rows


def main(what: str, address: str, division: int, conninfo: str = "") -> dict:
    """Do one floor and return what was counted."""
    started = time.monotonic()
    if what == "split":
        rows = sum(len(page) for page in pages(address, division))
    else:
        with psycopg.connect(conninfo) as connection:
            rows = copy(address, division, connection)
            if what == "typed":
                connection.execute(Path(__file__).with_name("typed.sql").read_text())
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return {
        **{"seconds": time.monotonic() - started, "cpu_seconds": usage.ru_utime + usage.ru_stime},
        **{"peak_mb": peak_of(), "rows": rows},
    }


if __name__ == "__main__":
    print(json.dumps(main(**json.loads(sys.argv[1]))))
