"""Scenarios of loading: a first load beside its floors, a load of what changed, a load of nothing, and memory."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass

import psycopg

from bench import measure, pages
from bench.books import DIVISION
from bench.dbt_runs import dbt
from bench.lines import BEFORE_FIRST, LineFile
from bench.measure import BenchError, Measured
from bench.warehouse import Server, register

_STAGED = "stg_exact_online__transaction_lines"


@dataclass(frozen=True)
class Typed:
    """A load and the typing of what it brought."""

    raw: Measured
    typed: Measured
    dbt_start_seconds: float


def first_loads(server: Server, lines: LineFile, rows: int, rounds: int) -> dict[str, list[Measured]]:
    """Load with us and with every floor, interleaved; `ours_typed` is our load and dbt's staging model after it."""
    starts: list[float] = []
    found: dict[str, list[Measured]] = {"ours_typed": []}
    with pages.serve(lines, rows) as address:

        def ours() -> Measured:
            done = load_and_type(server, address, rows)
            found["ours_typed"].append(done.typed)
            starts.append(done.dbt_start_seconds)
            return done.raw

        contenders = {"ours": ours, **{f"floor_{what}": _floor(server, address, what, rows) for what in _FLOORS}}
        found |= measure.interleaved(contenders, rounds)
    found["dbt_start"] = [Measured(seconds, seconds, 0, 0) for seconds in starts]
    return found


def again(server: Server, lines: LineFile) -> dict[str, Measured]:
    """Load everything, then what changed (1 %), then nothing."""
    found = {}
    with server.database() as conninfo:
        administration_id = register(conninfo)
        for name, rows in (("first", lines.rows), ("changed", lines.rows + lines.changed), ("idle", None)):
            with pages.serve(lines, rows or lines.rows + lines.changed) as address:
                found[name] = load(address, conninfo, administration_id)
        _require_equal(conninfo, lines)
    expected = {"first": lines.rows, "changed": lines.changed, "idle": 0}
    if {name: done.answer["rows"] for name, done in found.items()} != expected:
        raise BenchError(f"loads read {found}, not {expected}")
    return found


def peak_mb(server: Server, lines: LineFile, rows: int) -> float:
    """Return the peak memory of our process over at least so many rows: the file's, again and again."""
    laps = -(-rows // lines.rows)
    with pages.serve(lines, lines.rows, laps=laps) as address, server.database() as conninfo:
        done = load(address, conninfo, register(conninfo))
        _require_rows(conninfo, "exact_raw.transaction_lines", lines.rows)
    if done.answer["rows"] != lines.rows * laps:
        raise BenchError(f"{done.answer['rows']} rows were read, not {laps} times {lines.rows}")
    return done.peak_mb


def load(address: str, conninfo: str, administration_id: int) -> Measured:
    """Run our load once."""
    wanted = {"address": address, "conninfo": conninfo, "administration_id": administration_id, "division": DIVISION}
    return measure.python("bench.contenders.ours", json.dumps({**wanted, "clock": None}))


_FLOORS = {"split": None, "copy": "plain", "typed": "typed"}


def _floor(server: Server, address: str, what: str, rows: int) -> Callable[[], Measured]:
    def go() -> Measured:
        with server.database() as conninfo:
            wanted = {"what": what, "address": address, "division": DIVISION, "conninfo": conninfo}
            done = measure.python("bench.contenders.floors", json.dumps(wanted))
            if _FLOORS[what]:
                _require_rows(conninfo, _FLOORS[what], rows)
        server.settle()
        return done

    return go


def load_and_type(server: Server, address: str, rows: int) -> Typed:
    """Load, then let dbt stage what came."""
    with server.database() as conninfo:
        raw = load(address, conninfo, register(conninfo))
        built = dbt(conninfo, "run", "--select", _STAGED)
        _require_rows(conninfo, "exact_raw.transaction_lines", rows)
        _require_rows(conninfo, f"staging.{_STAGED}", rows)
    server.settle()
    seconds = raw.seconds + built.seconds
    return Typed(raw, Measured(seconds, seconds, 0, raw.peak_mb), built.start_seconds)


def _require_rows(conninfo: str, table: str, rows: int) -> None:
    with closing(psycopg.connect(conninfo)) as connection:
        (found,) = connection.execute(f"select count(*) from {table}").fetchone()
    if found != rows:
        raise BenchError(f"{table} holds {found} rows, not {rows}")


def _require_equal(conninfo: str, lines: LineFile) -> None:
    """Compare what is stored, text by text, with the newest version of each line in the file."""
    from bench.checks import newest_lines_digest, stored_lines_digest

    expected = newest_lines_digest(lines, lines.rows + lines.changed)
    stored = stored_lines_digest(conninfo)
    if stored != expected:
        raise BenchError(f"stored lines are not those sent: {stored}, not {expected} (behind {BEFORE_FIRST})")
