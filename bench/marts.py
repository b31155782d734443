"""A warehouse whose raw tables hold everything of one large administration, as an import leaves them."""

from __future__ import annotations

import mmap
from array import array
from contextlib import closing

import psycopg

from bench.books import Books
from bench.contenders.floors import line_id
from bench.lines import BEFORE_FIRST, LineFile
from tests.dbt import raw_rows

_LOAD = (
    "insert into exact_ops.loads (administration_id, endpoint, data_set, run_id, kind, outcome, finished_at) "
    "values (%s, 'transaction_lines', 'general_ledger', 'bench', 'sync', 'succeeded', %s) returning load_id"
)
_MERGE = (
    "insert into exact_raw.transaction_lines as t (administration_id, id, payload, sync_timestamp, load_id) "
    "select %s, id, payload, version, %s from incoming on conflict (administration_id, id) do update "
    "set payload = excluded.payload, sync_timestamp = excluded.sync_timestamp, loaded_at = clock_timestamp(), "
    "load_id = excluded.load_id"
)


def fill(conninfo: str, lines: LineFile) -> int:
    """Import everything but the changes; return the administration's id."""
    books = Books(lines.copies)
    with closing(psycopg.connect(conninfo, autocommit=True)) as connection:
        administration_id = raw_rows.register(connection, books)
        raw_rows.load(connection, administration_id, books)
        store(connection, administration_id, lines, 0, lines.rows)
        for table in ("transaction_lines", "payment_terms"):
            connection.execute(f"vacuum analyze exact_raw.{table}")
    return administration_id


def store(connection: psycopg.Connection, administration_id: int, lines: LineFile, first: int, behind: int) -> None:
    """Store some rows of the file as one load would."""
    index = array("Q")
    index.frombytes(lines.index.read_bytes())
    (load_id,) = connection.execute(_LOAD, (administration_id, raw_rows.LOADED_AT)).fetchone()
    with lines.path.open("rb") as file, connection.transaction():
        text = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        connection.execute("create temporary table incoming (id text, payload json, version bigint) on commit drop")
        with connection.cursor().copy("copy incoming from stdin") as copy:
            for place in range(first, behind):
                row = text[index[place] : index[place + 1] - 1]
                values = (line_id(row).encode(), row.replace(b"\\", b"\\\\"), BEFORE_FIRST + place + 1)
                copy.write(b"%b\t%b\t%d\n" % values)
        connection.execute(_MERGE, (administration_id, load_id))
        text.close()
