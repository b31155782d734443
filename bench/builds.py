"""Scenarios of dbt: a full build beside the hand-written floor, a build after 1 % changed, and how cost grows.

A build is `dbt build` with its data tests, as the DAG runs it; dbt's start and parse are reported apart. What the build
before left in memory is written out first, as it would be a night later. `recent_whole` is the build of few changes as
the first one of a day does it, with tests that read whole tables; `idle` finds nothing new: what dbt itself takes.
"""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import dataclass

import psycopg

from bench import marts, measure
from bench.dbt_runs import Built, dbt
from bench.lines import LineFile, line_file
from bench.measure import BenchError, Measured
from bench.warehouse import Server

_BUILD = ("build", "--exclude-resource-type", "unit_test")
_FILLED = "bench_filled"


@dataclass(frozen=True)
class Builds:
    """One round: all from nothing, after 1 % of the lines changed (twice), after nothing, 1 % all over; the floor."""

    full: Built
    recent: Built
    recent_whole: Built
    idle: Built
    spread: Built
    floor: Measured


def rounds(server: Server, lines: LineFile, count: int) -> list[Builds]:
    """Build again and again on the same raw rows, each time from nothing."""
    with server.database(name=_FILLED) as filled:
        administration_id = marts.fill(filled, lines)
        return [_round(server, lines, administration_id) for _ in range(count)]


def _round(server: Server, lines: LineFile, administration_id: int) -> Builds:
    with server.database(_FILLED) as conninfo:
        full = dbt(conninfo, *_BUILD)
        with closing(psycopg.connect(conninfo, autocommit=True)) as connection:
            expected = connection.execute(
                "select count(*), sum(amount) filter (where amount > 0) from marts.fct_gl_transaction_lines"
            ).fetchone()
            changed = lines.rows + lines.changed

            def build_after(first: int, behind: int, whole_tables: bool = False) -> Built:
                marts.store(connection, administration_id, lines, first, behind)
                server.settle()
                return dbt(conninfo, *_BUILD, whole_tables=whole_tables)

            recent = build_after(lines.rows, changed)
            # The same lines once more: a load brings them, so they are changed.
            recent_whole = build_after(lines.rows, changed, whole_tables=True)
            idle = dbt(conninfo, *_BUILD)
            spread = build_after(changed, changed + lines.changed)
    server.settle()
    floor = _floor(server)
    _require_same(floor, expected, lines)
    return Builds(full, recent, recent_whole, idle, spread, floor)


def growth(server: Server, sizes: list[int]) -> list[tuple[int, Built]]:
    """Return what a full build takes at each number of lines."""
    found = []
    for size in sizes:
        lines = line_file(size)
        with server.database() as conninfo:
            marts.fill(conninfo, lines)
            found.append((lines.rows, dbt(conninfo, *_BUILD)))
        server.settle()
    return found


def _floor(server: Server) -> Measured:
    with server.database(_FILLED) as conninfo:
        done = measure.python("bench.contenders.floor_marts", conninfo)
    server.settle()
    return done


def _require_same(floor: Measured, expected: tuple, lines: LineFile) -> None:
    """The floor has the budget lines too, which our ledger leaves out: it never holds less."""
    found = json.dumps([floor.answer["lines"], floor.answer["debit"]])
    if not 0.99 * floor.answer["lines"] <= expected[0] <= floor.answer["lines"] <= lines.rows:
        raise BenchError(f"the floor's ledger is not ours: {found}, not {expected}")
