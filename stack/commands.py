"""Run the plugin's commands and SQL in the stack's environment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg

from stack import lifecycle
from stack.environment import stack_environment
from stack.errors import StackError
from stack.postgres import USER, binaries
from stack.settings import ROOT, Settings

PLUGIN = [sys.executable, "-m", "exact_online"]


def plugin(settings: Settings, *arguments: str, input_: str | None = None, **variables: str) -> str:
    """Run a command of the plugin and return what it printed. Raises StackError with its own words."""
    done = subprocess.run(
        [*PLUGIN, *arguments],
        env={**stack_environment(settings), **variables},
        cwd=ROOT,
        input=input_,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise StackError(f"`{arguments[0]}` failed with exit code {done.returncode}: {done.stderr.strip()[-800:]}")
    return done.stdout


def plugin_json(settings: Settings, *arguments: str) -> Any:
    """Run a command with --json and return what it says."""
    return json.loads(plugin(settings, "--json", *arguments))


def replace_by_plugin(settings: Settings, arguments: list[str]) -> None:
    """Become a command of the plugin: standard input, output and exit code are its own."""
    environment = stack_environment(settings)
    secret = os.environ.get("EXACT_ONLINE_CLIENT_SECRET")
    if secret:
        environment["EXACT_ONLINE_CLIENT_SECRET"] = secret
    os.chdir(ROOT)
    os.execve(sys.executable, [*PLUGIN, *arguments], environment)


def warehouse(settings: Settings) -> psycopg.Connection:
    """Open an autocommit connection to the running warehouse."""
    server = lifecycle.postgres(settings)
    if not server.is_running():
        raise StackError("The stack does not run: make demo, or make up.")
    return psycopg.connect(server.conninfo("warehouse"), autocommit=True)


def one_row(connection: psycopg.Connection, statement: Any, values: Any = None) -> tuple[Any, ...]:
    """Return the row of a statement that always has one."""
    row = connection.execute(statement, values).fetchone()
    if row is None:
        raise StackError("The warehouse returned no row where there must be one.")
    return row


def replace_by_sql(settings: Settings, query: str) -> None:
    """Become psql printing the rows of one query: unaligned, tab-separated, no header; an error is not 0."""
    arguments = ["-X", "-A", "-t", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-c", query]
    _replace_by_psql(settings, arguments)


def replace_by_psql(settings: Settings) -> None:
    """Become a psql shell on the warehouse."""
    _replace_by_psql(settings, [])


def dbt(settings: Settings, *arguments: str) -> None:
    """Run dbt against the running warehouse, with its output as it comes."""
    warehouse(settings).close()
    project = str(ROOT / "dbt")
    target = str(settings.directory / "dbt-by-hand")
    command = [str(Path(sys.executable).with_name("dbt")), "--no-version-check", *arguments]
    where = ["--project-dir", project, "--profiles-dir", project, "--target-path", target, "--log-path", target]
    done = subprocess.run([*command, *where], env=stack_environment(settings), cwd=ROOT, check=False)
    if done.returncode:
        raise StackError(f"dbt {arguments[0]} ended with {done.returncode}.", Path(target) / "dbt.log")


def _replace_by_psql(settings: Settings, arguments: list[str]) -> None:
    warehouse(settings).close()
    environment = {**stack_environment(settings), "PGPASSWORD": settings.secrets().postgres_password}
    program = str(binaries() / "psql")
    address = ["-h", "127.0.0.1", "-p", str(settings.postgres_port), "-U", USER, "warehouse"]
    os.execve(program, [program, *address, *arguments], environment)
