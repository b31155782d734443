"""The revisions of exact_ops go up, down and up again."""

from __future__ import annotations

import logging
from pathlib import Path

import psycopg
import pytest
from alembic import command
from alembic.config import Config
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import URL

from exact_online import migrations

pytestmark = pytest.mark.integration
VERSIONS = Path(migrations.__file__).parent


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
