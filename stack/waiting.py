"""Wait for imports and marts, showing how far they are: a live table on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from typing import Self

import psycopg
from rich.console import Console
from rich.live import Live
from rich.table import Table

from stack import commands
from stack.airflow_runs import MARTS, AirflowRuns, Run
from stack.errors import StackError
from stack.settings import Settings

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
    give_up = time.monotonic() + TIMEOUT_SECONDS
    while True:
        found = [runs.run(dag_id, run_id) for dag_id, run_id in wanted.items()]
        progress.show(found)
        for run in found:
            _require_success(run, runs)
        if all(run.is_over for run in found):
            return found
        if time.monotonic() > give_up:
            raise _too_late([run.dag_id for run in found if not run.is_over])
        time.sleep(1)


def marts(settings: Settings, runs: AirflowRuns, progress: Progress) -> None:
    """Return when the marts show everything that is stored. Raises StackError for a build that failed.

    An event that arrives while a run is being made belongs to that run's successor and does not wake it; then nothing
    would start, so after a while we do; a run that had failed before we came is not waited for either.
    """
    before = runs.latest(MARTS)
    failed_before = before.run_id if before and before.state == "failed" else None
    give_up = time.monotonic() + TIMEOUT_SECONDS
    patience = time.monotonic() + (0 if failed_before else 60)
    while time.monotonic() < give_up:
        latest = runs.latest(MARTS)
        if latest:
            progress.show([latest])
        if latest is None or latest.is_over:
            if latest and latest.run_id != failed_before:
                _require_success(latest, runs)
            if commands.plugin_json(settings, "status")["marts"]["is_up_to_date"]:
                return
            if time.monotonic() > patience:
                runs.trigger(MARTS)
                patience = time.monotonic() + 60
        time.sleep(0.5)
    raise _too_late([MARTS])


def _require_success(run: Run, runs: AirflowRuns) -> None:
    if run.state == "failed":
        task, log = runs.log_of_failure(run)
        raise StackError(f"{run.dag_id}: {task} failed.", log)


def _too_late(dag_ids: list[str]) -> StackError:
    return StackError(f"Not done after {TIMEOUT_SECONDS // 60} minutes: {', '.join(dag_ids)}.")


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
