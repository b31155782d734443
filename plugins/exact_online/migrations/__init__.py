"""Bring the warehouse's schemas to this version: alembic revisions for exact_ops, then the raw tables.

Raw tables are not revisions: each endpoint of the catalogue has the same columns, so a new entry there is enough.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
from alembic import command
from alembic.config import Config
from psycopg.conninfo import conninfo_to_dict

from exact_online import raw_tables, warehouse

if TYPE_CHECKING:
    from sqlalchemy import URL

#: Serialises migrations of processes that start together.
_LOCK = 7_302_841


def upgrade() -> None:
    """Create or upgrade everything the plugin keeps in the warehouse; safe to run at any time, by many at once."""
    with warehouse.connect() as connection:
        connection.execute("select pg_advisory_xact_lock(%s)", (_LOCK,))
        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parent))
        config.attributes["sqlalchemy_url"] = _sqlalchemy_url()
        logging.getLogger("alembic").setLevel(logging.WARNING)
        command.upgrade(config, "head")
        create_raw_tables(connection)


def create_raw_tables(connection: psycopg.Connection) -> None:
    """Create the raw table of every endpoint of the catalogue that has none yet."""
    for statement in raw_tables.table_definitions():
        connection.execute(statement)


def _sqlalchemy_url() -> URL:
    from sqlalchemy import URL

    parts = {name: str(value) for name, value in conninfo_to_dict(warehouse.conninfo()).items() if value is not None}
    known = {"user", "password", "host", "port", "dbname"}
    return URL.create(
        "postgresql+psycopg",
        username=parts.get("user"),
        password=parts.get("password"),
        host=parts.get("host"),
        port=int(parts["port"]) if parts.get("port") else None,
        database=parts.get("dbname"),
        query={name: value for name, value in parts.items() if name not in known},
    )
