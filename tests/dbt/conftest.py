"""The parsed project, and a warehouse of its own with the sandbox's small books, built once for the session."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from tests.dbt import raw_rows
from tests.dbt.golden_books import cells, golden_books
from tests.dbt.project import artifact, run_dbt
from tests.sandbox.books import fresh_small

LOADED = (1000001, 1000002, 1000003, 1000004)
NEVER_LOADED = 1000005


@dataclass
class Warehouse:
    """A warehouse with books in it. `books` and `ids` go by division code, `golden` by the name of a golden book."""

    connection: psycopg.Connection
    variables: dict[str, str]
    target: Path
    books: dict[int, Any]
    ids: dict[int, int]
    golden: dict[str, int]
    first_build: str = ""

    def build(self, *arguments: str) -> str:
        """Run `dbt build` and return what it said."""
        return run_dbt(["build", *arguments], self.target, self.variables)

    def rows(self, statement: str, *values: Any) -> list[tuple]:
        """Return the rows of a query."""
        return self.connection.execute(statement, values).fetchall()

    def statuses(self) -> dict[str, str]:
        """Return what became of each node of the last build."""
        return {node["unique_id"]: node["status"] for node in artifact(self.target, "run_results.json")["results"]}


@pytest.fixture(scope="session")
def parsed(tmp_path_factory) -> Path:
    """The target folder of a parsed project; a warning while parsing is an error."""
    target = tmp_path_factory.mktemp("dbt_parse")
    run_dbt(["--warn-error", "parse"], target)
    return target


@pytest.fixture(scope="session")
def manifest(parsed) -> dict[str, Any]:
    """The project as dbt understands it."""
    return artifact(parsed, "manifest.json")


def warehouse_variables(conninfo: str) -> dict[str, str]:
    """Return the environment dbt's profile reads."""
    parts = conninfo_to_dict(conninfo)
    return {
        "WAREHOUSE_HOST": str(parts["host"]),
        "WAREHOUSE_PORT": str(parts["port"]),
        "WAREHOUSE_USER": str(parts["user"]),
        "WAREHOUSE_PASSWORD": str(parts.get("password") or ""),
        "WAREHOUSE_DATABASE": str(parts["dbname"]),
    }


def _load_golden(connection: psycopg.Connection) -> dict[str, int]:
    """Import the books worked out by hand, with what was deleted after that, and the mapping made in the web page."""
    ids = {}
    for books in golden_books():
        ids[books.name] = raw_rows.register(connection, books)
        raw_rows.load(connection, ids[books.name], books)
        books.delete()
        raw_rows.load(connection, ids[books.name], books)
    connection.cursor().executemany(
        "insert into exact_ops.account_mapping_overrides (environment, division_code, account_code, axis, axis_code, "
        "reporting_line_code, valid_from, valid_to, author) select environment, division_code, %(account)s, "
        "nullif(%(axis)s, ''), nullif(%(axis_code)s, ''), %(reporting_line)s, nullif(%(valid_from)s, '')::date, "
        "nullif(%(valid_to)s, '')::date, 'test' from exact_ops.administrations where administration_id = %(id)s",
        [row | {"id": ids[row["book"]]} for row in cells("books/overrides")],
    )
    return ids


@pytest.fixture(scope="session")
def warehouse(postgres, migrated_template, tmp_path_factory) -> Iterator[Warehouse]:
    """Four administrations and the golden books imported, a fifth never, everything built and tested once."""
    name = f"dbt_{uuid.uuid4().hex[:8]}"
    conninfo = make_conninfo(postgres, dbname=name)
    with psycopg.connect(postgres, autocommit=True) as admin:
        admin.execute(f"create database {name} template {migrated_template}")
        with closing(psycopg.connect(conninfo, autocommit=True)) as connection:
            books = {code: fresh_small(code) for code in (*LOADED, NEVER_LOADED)}
            ids = {code: raw_rows.register(connection, books[code]) for code in books}
            for code in LOADED:
                raw_rows.load(connection, ids[code], books[code])
            target = tmp_path_factory.mktemp("dbt_build")
            found = Warehouse(connection, warehouse_variables(conninfo), target, books, ids, _load_golden(connection))
            found.first_build = found.build()
            yield found
        if not os.environ.get("TEST_KEEP_DATABASES"):
            admin.execute(f"drop database {name} with (force)")
