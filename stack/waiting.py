"""Wait for imports and marts, showing how far they are: a live table on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import Self

import psycopg
from rich.console import Console
from rich.live import Live
from rich.table import Table

from stack.airflow_runs import MARTS, AirflowRuns, Run
from stack.errors import StackError

TIMEOUT_SECONDS = 900
_PROGRESS = """
select a.environment || '_' || a.division_code, a.name,
       count(distinct l.data_set) filter (where l.outcome = 'succeeded'), coalesce(sum(l.rows_read), 0),
       coalesce(sum(l.calls), 0)
from exact_ops.administrations as a left join exact_ops.loads as l
    on l.administration_id = a.administration_id and l.run_id = any(%s)
where a.is_connected group by 1, 2 order by 1
"""


class Progress:
    """What is shown while waiting. Updates in place on a terminal, every few seconds elsewhere."""

    def __init__(self, connection: psycopg.Connection, console: Console) -> None:
        self._connection = connection
        self._console = console
        self._live = Live(console=console, refresh_per_second=4, transient=True) if console.is_terminal else None
        self._last = 0.0

    def __enter__(self) -> Self:
        if self._live:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live:
            self._live.stop()

    def show(self, runs: list[Run]) -> None:
        """Show the state of the runs and what their loads did so far."""
        if not self._live and time.monotonic() - self._last < 5:
            return
        self._last = time.monotonic()
        loads = self._connection.execute(_PROGRESS, ([run.run_id for run in runs],)).fetchall()
        by_dag = {f"exact_online_{key}": tuple(values) for key, *values in loads}
        rows: list[tuple[Run, tuple]] = [(run, by_dag.get(run.dag_id, (run.dag_id, 0, 0, 0))) for run in runs]
        if self._live:
            self._live.update(_table(rows))
        else:
            for line in map(_line, rows):
                self._console.print(line, markup=False, highlight=False)


def imports(runs: AirflowRuns, wanted: dict[str, str], progress: Progress) -> list[Run]:
    """Return the runs {dag id: run id} when all are over. Raises StackError for the first that failed."""
    return _until_over(lambda: [runs.run(dag_id, run_id) for dag_id, run_id in wanted.items()], runs, progress)


def marts(runs: AirflowRuns, since: datetime, progress: Progress) -> Run:
    """Return the marts run that began after `since`, when it is over.

    An event that arrives while a run is being made belongs to that run's successor and does not wake it; then nothing
    would start, so after a while we do; a run that had failed before we came is not waited for either.
    """
    before = runs.latest(MARTS)
    failed_before = before.run_id if before and before.state == "failed" else None
    deadline = time.monotonic() + (0 if failed_before else 60)
    while True:
        latest = runs.latest(MARTS)
        if latest and latest.run_id != failed_before and latest.started_at and latest.started_at >= since:
            return imports(runs, {MARTS: latest.run_id}, progress)[0]
        if time.monotonic() > deadline and (latest is None or latest.is_over):
            runs.trigger(MARTS)
            deadline = time.monotonic() + 60
        if latest:
            progress.show([latest])
        time.sleep(0.5)


def _until_over(read: Callable[[], list[Run]], runs: AirflowRuns, progress: Progress) -> list[Run]:
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while True:
        found = read()
        progress.show(found)
        for run in found:
            if run.state == "failed":
                task, log = runs.log_of_failure(run)
                raise StackError(f"{run.dag_id}: {task} failed.", log)
        if all(run.is_over for run in found):
            return found
        if time.monotonic() > deadline:
            waiting = ", ".join(run.dag_id for run in found if not run.is_over)
            raise StackError(f"Not done after {TIMEOUT_SECONDS // 60} minutes: {waiting}.")
        time.sleep(1)


def _table(rows: list[tuple[Run, tuple]]) -> Table:
    table = Table("administration", "state", "data sets", "rows", "calls", "running", box=None, header_style="bold")
    for run, (name, data_sets, read, calls) in rows:
        table.add_row(str(name), run.state, str(data_sets), f"{read:,}", str(calls), ", ".join(run.running))
    return table


def _line(row: tuple[Run, tuple]) -> str:
    run, (_, data_sets, read, calls) = row
    running = f", running {', '.join(run.running)}" if run.running else ""
    if run.dag_id == MARTS:
        done = sum(state == "success" for state in run.tasks.values())
        return f"  {run.dag_id}: {run.state}, {done} of {len(run.tasks)} parts{running}"
    return f"  {run.dag_id}: {run.state}, {data_sets} data sets, {read:,} rows, {calls} calls{running}"
