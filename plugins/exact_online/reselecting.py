"""Attach an administration to the code Exact has for it now, keeping its id, mapping and history. Postgres only."""

from __future__ import annotations

from typing import Any

import psycopg

from exact_online import registry
from exact_online.errors import ConfigError


def reselect(connection: psycopg.Connection, administration_id: int, division: dict[str, Any]) -> None:
    """Give an administration a new code and void its watermarks: the next import reads everything again.

    Raises ConfigError where the code is another administration's already.
    """
    code = int(division["Code"])
    with connection.transaction():
        try:
            found = connection.execute(
                "update exact_ops.administrations set division_code = %s, status = 'waiting', status_reason = null, "
                "connected_at = now() where administration_id = %s and is_connected",
                (code, administration_id),
            )
        except psycopg.errors.UniqueViolation:
            raise ConfigError(
                f"administration {code} is here already under its own name; delete it with its data first"
            ) from None
        if not found.rowcount:
            raise ConfigError(f"administration {administration_id} is not connected (any more)")
        registry.update_facts(connection, administration_id, division)
        connection.execute("delete from exact_ops.watermarks where administration_id = %s", (administration_id,))
