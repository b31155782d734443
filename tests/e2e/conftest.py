"""One real stack for the whole session: PostgreSQL, the sandbox at Exact's own limits, and Airflow scheduling it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
import pytest
import requests

from stack import commands, lifecycle, ports, settings
from stack.airflow_runs import AirflowRuns


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


@pytest.fixture(scope="session")
def demo(tmp_path_factory) -> Iterator[Demo]:
    """Run `make demo`'s program from nothing and stop everything at the end."""
    directory = tmp_path_factory.mktemp("stack")
    environment = {
        **os.environ,
        "STACK_DIR": str(directory),
        "LOG_LEVEL": "DEBUG",  # for the test that looks for secrets in every line
        "HOME": str(tmp_path_factory.mktemp("home")),
        **{name: str(ports.free_port()) for name in settings.DEFAULT_PORTS},
    }
    with pytest.MonkeyPatch.context() as patch:
        for name in ("STACK_DIR", *settings.DEFAULT_PORTS):
            patch.setenv(name, environment[name])
        made = Demo(settings.load(), environment, "")
        try:
            done = made.stack("demo")
            made.printed = done.stdout
            assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
            yield made
        finally:
            made.stack("down")
