"""A PostgreSQL of the benchmark's own, as safe as in production, and a migrated database for each run."""

from __future__ import annotations

import json
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from unittest import mock

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from bench import lz4_postgres
from bench.books import Books
from bench.paths import WORK
from exact_online import migrations
from stack.ports import free_port
from stack.postgres import EmbeddedPostgres
from tests.dbt import raw_rows


class Server:
    """A running server."""

    def __init__(self, conninfo: str) -> None:
        self.conninfo = conninfo
        self._template = self._make_template()

    @contextmanager
    def database(self, template: str | None = None, name: str = "bench") -> Iterator[str]:
        """Yield the connection string of a migrated database, or of a copy of one, and remove it afterwards.

        Each run takes the same name: dbt parses its project anew for another one.
        """
        self._execute(f"create database {name} template {template or self._template} strategy file_copy")
        try:
            yield make_conninfo(self.conninfo, dbname=name)
        finally:
            self._execute(f"drop database if exists {name} with (force)")

    def version(self) -> str:
        """Return the server's version and what it compresses with."""
        with psycopg.connect(self.conninfo) as connection:
            (version,) = connection.execute("show server_version").fetchone()
            (methods,) = connection.execute(
                "select array_to_string(enumvals, ', ') from pg_settings where name = 'default_toast_compression'"
            ).fetchone()
        return f"{version} (with {methods})"

    def settle(self) -> None:
        """Write out what a run left in memory, so that the next one does not pay for it."""
        self._execute("checkpoint")

    def _make_template(self) -> str:
        name = f"template_{uuid.uuid4().hex[:8]}"
        self._execute(f"create database {name}")
        with mock.patch.dict(os.environ, {"AIRFLOW_CONN_WAREHOUSE": airflow_connection(self.conninfo, name)}):
            migrations.upgrade()
        return name

    def _execute(self, statement: str) -> None:
        with psycopg.connect(self.conninfo, autocommit=True) as admin:
            admin.execute(statement)


@contextmanager
def server() -> Iterator[Server]:
    """Run a server with nothing in it, and remove it afterwards."""
    directory = WORK / f"postgres-{uuid.uuid4().hex[:8]}"
    postgres = EmbeddedPostgres(directory, free_port(), "throw-away", programs=lz4_postgres.programs())
    postgres.start()
    try:
        yield Server(postgres.conninfo())
    finally:
        postgres.stop()
        shutil.rmtree(directory, ignore_errors=True)


def register(conninfo: str, division: int | None = None) -> int:
    """Connect an administration in the registry and return its id."""
    books = Books(1)
    books.code = division or books.code
    with closing(psycopg.connect(conninfo, autocommit=True)) as connection:
        return raw_rows.register(connection, books)


def airflow_connection(conninfo: str, database: str | None = None) -> str:
    """Return a connection string as an Airflow connection in JSON."""
    parts = conninfo_to_dict(conninfo)
    return json.dumps({
        **{"conn_type": "postgres", "host": parts["host"], "port": int(str(parts["port"])), "login": parts["user"]},
        **{"password": parts.get("password"), "schema": database or parts["dbname"]},
    })  # fmt: skip
