"""Take whole integrations out, and read the receipts that removals leave. Postgres only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg.rows import class_row

from exact_online import registry, removals
from exact_online.errors import ConfigError


@dataclass(frozen=True)
class Receipt:
    """Who took which administration out, and what became of its data; `closed_at` once the marts show it."""

    removal_id: int
    removed_at: datetime
    removed_by: str | None
    environment: str
    division_code: int
    name: str
    is_purged: bool
    rows_removed: int
    closed_at: datetime | None

    @property
    def dag_id(self) -> str:
        """The id its DAG had: who may read that DAG may read the receipt."""
        return f"exact_online_{self.environment}_{self.division_code}"


def remove_integration(connection: psycopg.Connection, integration_id: int, purge: bool, who: str) -> list[str]:
    """Take an integration out with its grant and all its administrations, and return their DAG ids."""
    with connection.transaction():
        theirs = [
            each
            for each in registry.administrations(connection, connected_only=False)
            if each.integration_id == integration_id
        ]
        removed = removals.disconnect(connection, theirs, purge, removed_by=who)
        found = connection.execute("delete from exact_ops.integrations where integration_id = %s", (integration_id,))
        if not found.rowcount:
            raise ConfigError(f"integration {integration_id} does not exist (any more)")
    return [each.dag_id for each in removed]


def remove(
    connection: psycopg.Connection, chosen: list[registry.Administration], purge: bool, who: str
) -> list[removals.Removal]:
    """Take administrations out and return their receipts; the others go on."""
    return removals.disconnect(connection, chosen, purge, removed_by=who)


def receipts(connection: psycopg.Connection, limit: int = 20) -> list[Receipt]:
    """Return the newest receipts first."""
    with connection.cursor(row_factory=class_row(Receipt)) as cursor:
        return cursor.execute(
            "select removal_id, removed_at, removed_by, environment, division_code, name, is_purged, rows_removed, "
            "closed_at from exact_ops.removals order by removal_id desc limit %s",
            (limit,),
        ).fetchall()
