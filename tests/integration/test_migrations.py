"""The revisions of exact_ops go up, down and up again: empty, and with everything an import left in them."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import URL

from exact_online import catalogue, migrations
from tests.integration.books import Books, books_of, differences

pytestmark = pytest.mark.integration
VERSIONS = Path(migrations.__file__).parent
#: Every revision, the oldest first; the next test wants them all.
REVISIONS = ["0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008"]


@pytest.fixture
def alembic(warehouse_url) -> Config:
    """Alembic's settings for a migrated warehouse."""
    parts = conninfo_to_dict(warehouse_url)
    config = Config()
    config.set_main_option("script_location", str(VERSIONS))
    config.attributes["sqlalchemy_url"] = URL.create(
        "postgresql+psycopg", parts["user"], parts.get("password"), parts["host"], int(parts["port"]), parts["dbname"]
    )
    logging.getLogger("alembic").setLevel(logging.WARNING)
    return config


def tables(connection) -> set[str]:
    rows = connection.execute("select table_name from information_schema.tables where table_schema = 'exact_ops'")
    return {name for (name,) in rows}


def test_every_revision_can_be_taken_back_and_made_again(connection, alembic):
    everything = tables(connection)
    command.downgrade(alembic, "0003")
    assert "account_mapping_overrides" in tables(connection)
    command.downgrade(alembic, "0002")
    assert "account_mapping_overrides" not in tables(connection)
    command.downgrade(alembic, "base")
    assert tables(connection) == {"schema_version"}
    command.upgrade(alembic, "head")
    assert tables(connection) == everything


def test_the_list_of_revisions_is_whole(alembic):
    found = [each.revision for each in ScriptDirectory.from_config(alembic).walk_revisions()]
    assert found[::-1] == REVISIONS


def content(connection) -> dict[str, list[dict]]:
    """Return every row of both schemas as JSON; the version table is alembic's own."""
    rows = connection.execute(
        "select table_schema || '.' || table_name from information_schema.tables "
        "where table_schema in ('exact_ops', 'exact_raw') and table_name <> 'schema_version' order by 1"
    ).fetchall()
    return {name: _rows(connection, name) for (name,) in rows}


def _rows(connection, table: str) -> list[dict]:
    found = connection.execute(f"select to_jsonb(t) from {table} as t order by to_jsonb(t)::text").fetchall()
    return [row for (row,) in found]


def only(rows: list[dict], columns: set[str]) -> list[str]:
    return sorted(json.dumps({name: row[name] for name in sorted(columns & row.keys())}) for row in rows)


@pytest.fixture
def imported(tmp_path, connection) -> Iterator[Books]:
    """The books of an administration, imported once and compared with Exact's own figures."""
    with books_of(tmp_path, connection, 0, has_limits=False) as books:
        assert books.sync() == []
        yield books


@pytest.mark.parametrize("revision", REVISIONS[:-1])
def test_an_upgrade_with_data_keeps_every_row_and_the_next_import_is_complete(imported, connection, alembic, revision):
    """As for who runs the version of a revision and installs this one."""
    years = compared(connection)
    command.downgrade(alembic, revision)
    before = content(connection)
    assert len(before["exact_raw.transaction_lines"]) > 1000
    migrations.upgrade()
    after = content(connection)
    for table, rows in before.items():
        columns = set(rows[0]) if rows else set()
        assert only(after[table], columns) == only(rows, columns), table
    imported.advance(60)
    imported.let_days_pass(8)
    assert imported.sync() == []
    assert differences(imported) == {}
    assert compared(connection) >= years, "what was compared with Exact before is still"


def compared(connection) -> set[str]:
    return {subject for (subject,) in connection.execute("select subject from exact_ops.reconciliations")}


@pytest.mark.parametrize("revision", REVISIONS[:-1])
def test_a_downgrade_with_data_keeps_what_the_older_version_knows(imported, connection, alembic, revision):
    before = content(connection)
    command.downgrade(alembic, revision)
    after = content(connection)
    assert after.keys() <= before.keys()
    assert {f"exact_raw.{name}" for name in catalogue.endpoints()} <= after.keys(), "no row of Exact goes"
    for table, rows in after.items():
        columns = set(rows[0]) if rows else set()
        assert only(before[table], columns) == only(rows, columns), table


@pytest.mark.parametrize(
    ("column", "value"),
    [
        pytest.param("axis", "'department'", id="an axis nobody knows"),
        pytest.param("axis_code", "'K1'", id="an axis value without its axis"),
        pytest.param("account_code", "'  4000'", id="a padded code"),
        pytest.param("valid_to", "'1999-12-31'", id="an end before its beginning"),
        pytest.param("withdrawn_at", "now()", id="withdrawn by nobody"),
    ],
)
def test_an_override_that_makes_no_sense_is_refused(connection, column, value):
    values = {
        "environment": "'nl'", "division_code": "77", "account_code": "'4000'", "reporting_line_code": "'REVENUE'",
        "valid_from": "'2026-01-01'", "author": "'Jo'",
    }  # fmt: skip
    insert = "insert into exact_ops.account_mapping_overrides ({}) values ({})"
    connection.execute(insert.format(", ".join(values), ", ".join(values.values())))
    values[column] = value
    with pytest.raises(psycopg.errors.CheckViolation):
        connection.execute(insert.format(", ".join(values), ", ".join(values.values())))
