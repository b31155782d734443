"""Runs the hand-written marts. Run: `python -m bench.contenders.floor_marts CONNINFO`."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import psycopg

_HERE = Path(__file__).parent


def main(conninfo: str) -> dict:
    """Make every table and say how long it took, and what a mart of ours must hold too."""
    statement = (_HERE / "marts.sql").read_text("utf-8").replace("-- {typed}", (_HERE / "typed.sql").read_text("utf-8"))
    started = time.monotonic()
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute(statement)
        seconds = time.monotonic() - started
        lines, debit = connection.execute(
            "select count(*), sum(amount) filter (where amount > 0) from floor.ledger"
        ).fetchone()
    return {"seconds": seconds, "lines": lines, "debit": str(debit)}


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1])))
