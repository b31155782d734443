"""Real stacks, one per file of tests: PostgreSQL, the sandbox at Exact's own limits, and Airflow scheduling it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
import pytest
import requests

from stack import commands, lifecycle, ports, settings
from stack.airflow_runs import AirflowRuns
from tests.by_day import night_is_far


@dataclass
class Demo:
    """The running demo: its settings, and what `make demo` printed."""

    settings: settings.Settings
    environment: dict[str, str]
    printed: str

    def stack(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess:
        """Run `python -m stack ...` as the make targets do."""
        return subprocess.run(
            [sys.executable, "-m", "stack", *arguments],
            env={**self.environment, **variables},
            cwd=settings.ROOT,
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )

    def sql(self, query: str, *values: object) -> list[tuple]:
        """Return rows of the warehouse."""
        with commands.warehouse(self.settings) as connection:
            return connection.execute(query, values).fetchall()

    def sandbox(self, method: str, path: str, **kwargs) -> object:
        """Call the sandbox's control API."""
        answer = requests.request(method, f"{self.settings.sandbox_url}/_sandbox/{path}", timeout=60, **kwargs)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def sql_do(self, *statements: str) -> None:
        """Change the warehouse, e.g. to make what was loaded older."""
        with commands.warehouse(self.settings) as connection:
            for statement in statements:
                connection.execute(statement)

    def log_of(self, dag_id: str, run_id: str, task: str) -> str:
        """Return the log of a task's last attempt."""
        folder = self.settings.directory / "airflow" / "logs" / f"dag_id={dag_id}" / f"run_id={run_id}"
        return max((folder / f"task_id={task}").glob("attempt=*.log")).read_text("utf-8")

    def marts(self) -> dict[str, str]:
        """Return a fingerprint of every mart, but for the one column that says when it was loaded."""
        found = {}
        with commands.warehouse(self.settings) as connection:
            names = connection.execute(
                "select table_name from information_schema.tables where table_schema = 'marts'"
            ).fetchall()
            for (name,) in names:
                row = "md5((to_jsonb(t) - 'last_loaded_at')::text)"
                statement = psycopg.sql.SQL(
                    f"select count(*) || ':' || coalesce(md5(string_agg({row}, '' order by {row})), '') "
                    "from marts.{} as t"
                ).format(psycopg.sql.Identifier(name))
                found[name] = connection.execute(statement).fetchone()[0]
        return found

    def everything_stored(self) -> Iterator[tuple[str, str]]:
        """Yield (table, all its rows as text) for every table of the warehouse and of Airflow itself."""
        server = lifecycle.postgres(self.settings)
        for database in ("warehouse", "airflow"):
            with psycopg.connect(server.conninfo(database)) as connection:
                tables = connection.execute(
                    "select table_schema, table_name from information_schema.tables where table_type = 'BASE TABLE' "
                    "and table_schema not in ('pg_catalog', 'information_schema')"
                ).fetchall()
                for schema, name in tables:
                    statement = psycopg.sql.SQL("select coalesce(string_agg(t::text, ' '), '') from {} as t")
                    (text,) = connection.execute(statement.format(psycopg.sql.Identifier(schema, name))).fetchone()
                    yield f"{database}.{schema}.{name}", text

    @property
    def airflow(self) -> AirflowRuns:
        """Airflow's REST API."""
        return AirflowRuns(self.settings)


def running_demo(tmp_path_factory, name: str, **variables: str) -> Iterator[Demo]:
    """Run `make demo`'s program from nothing and stop everything at the end."""
    yield from _running(tmp_path_factory, name, ["demo"], variables)


def running_stack(tmp_path_factory, name: str, **variables: str) -> Iterator[Demo]:
    """Run `make up`'s program with a sandbox beside it and stop everything at the end."""
    yield from _running(tmp_path_factory, name, ["up", "--sandbox"], variables)


def _running(tmp_path_factory, name: str, command: list[str], variables: dict[str, str]) -> Iterator[Demo]:
    directory = tmp_path_factory.mktemp(name)
    variables = {**night_is_far(), **variables}
    environment = {
        **os.environ,
        "STACK_DIR": str(directory),
        "HOME": str(tmp_path_factory.mktemp("home")),
        **{port: str(ports.free_port()) for port in settings.DEFAULT_PORTS},
        **variables,
    }
    with pytest.MonkeyPatch.context() as patch:
        for variable in ("STACK_DIR", *settings.DEFAULT_PORTS, *variables):
            patch.setenv(variable, environment[variable])
        made = Demo(settings.load(), environment, "")
        try:
            done = made.stack(*command)
            made.printed = done.stdout
            assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
            yield made
        finally:
            made.stack("down")


@pytest.fixture(scope="module")
def demo(tmp_path_factory) -> Iterator[Demo]:
    """The demo as a newcomer gets it, only that it logs everything it may."""
    # For the test that looks for secrets in every line.
    yield from running_demo(tmp_path_factory, "stack", LOG_LEVEL="DEBUG")


@pytest.fixture(scope="module")
def nights(tmp_path_factory) -> Iterator[Demo]:
    """Five administrations with small books; a task that stops beating is given up after 30 seconds."""
    codes = "1000001 1000002 1000003 1000004 1000005"
    heartbeat = {"STACK_AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "30"}
    yield from running_demo(tmp_path_factory, "nights", SANDBOX_SIZE="small", DEMO_ADMINISTRATIONS=codes, **heartbeat)


def wait_until(condition, seconds: float) -> None:
    """Return when the condition holds; fail after so many seconds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "not in time"
        time.sleep(1)
