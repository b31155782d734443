"""How a figure is asked of the marts: rows by name, and nothing where a mart was not built yet."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.rows import dict_row

Row = dict[str, Any]


class NotBuilt(Exception):
    """A mart a figure needs is not there (yet)."""


def rows(connection: psycopg.Connection, query: str, values: dict[str, Any]) -> list[Row]:
    """Return the rows of a query on the marts. Raises NotBuilt before the first build."""
    try:
        with connection.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(query, values).fetchall()
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName) as exc:
        raise NotBuilt("the marts were not built yet") from exc


def administrations(connection: psycopg.Connection) -> list[Row]:
    """Return the administrations the marts show."""
    return rows(
        connection,
        "select administration_id, environment, division_code, administration_name, currency_code, last_loaded_at, "
        "is_reconciled from marts.dim_administrations order by environment, division_code",
        {},
    )
