"""`make sync`: import every administration again, wait for the marts, and print what changed."""

from __future__ import annotations

import psycopg
from psycopg import sql
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from stack import commands, lifecycle, waiting
from stack.airflow_runs import AirflowRuns
from stack.errors import StackError
from stack.settings import Settings

_LOADS = """
select a.name, sum(l.rows_inserted), sum(l.rows_updated), sum(l.rows_deleted), sum(l.calls),
       coalesce(string_agg(distinct l.data_set, ', ')
                filter (where l.rows_inserted + l.rows_updated + l.rows_deleted > 0), '')
from exact_ops.loads as l join exact_ops.administrations as a using (administration_id)
where l.run_id = any(%s) group by a.division_code, a.name order by a.division_code
"""


def run(settings: Settings, console: Console) -> None:
    """Trigger all connected administrations and show new, changed and deleted rows, and what moved in the marts."""
    lifecycle.wait_for_airflow(settings)
    runs = AirflowRuns(settings)
    with commands.warehouse(settings) as connection:
        before = _mart_rows(connection)
        triggered = commands.plugin_json(settings, "sync", "--all")
        if not triggered:
            raise StackError('No administration is connected: make cli ARGS="select CODE ..."')
        with waiting.Progress(connection, console) as progress:
            wanted = {each["dag_id"]: each["run_id"] for each in triggered}
            waiting.imports(runs, wanted, progress)
            waiting.marts(settings, runs, progress)
        _show_loads(connection, console, [each["run_id"] for each in triggered])
        _show_marts(console, before, _mart_rows(connection))


def _show_loads(connection: psycopg.Connection, console: Console, run_ids: list[str]) -> None:
    table = Table("administration", "new", "changed", "deleted", "calls", "in", box=None, header_style="bold")
    table.columns[0].no_wrap = True
    for column in table.columns[1:-1]:
        column.justify = "right"
    for name, *figures in connection.execute(_LOADS, (run_ids,)):
        table.add_row(escape(name), *map(str, figures))
    console.print(table)
    changed, calls = commands.one_row(
        connection,
        "select coalesce(sum(rows_inserted + rows_updated + rows_deleted), 0), coalesce(sum(calls), 0) "
        "from exact_ops.loads where run_id = any(%s)",
        (run_ids,),
    )
    console.print(f"{changed} raw rows changed in {calls} calls.")


def _show_marts(console: Console, before: dict[str, int], after: dict[str, int]) -> None:
    moved = {name: (before.get(name, 0), rows) for name, rows in after.items() if rows != before.get(name, 0)}
    for name, (was, now) in moved.items():
        console.print(f"marts.{name}: {was} -> {now} rows")
    if not moved:
        console.print("No mart has more or fewer rows.")


def _mart_rows(connection: psycopg.Connection) -> dict[str, int]:
    names = connection.execute(
        "select table_name from information_schema.tables where table_schema = 'marts' order by 1"
    ).fetchall()
    return {
        name: commands.one_row(connection, sql.SQL("select count(*) from marts.{}").format(sql.Identifier(name)))[0]
        for (name,) in names
    }
