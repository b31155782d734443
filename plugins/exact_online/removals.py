"""Taking administrations out: with their data kept or purged, and a receipt either way.

Postgres only. A purge is complete when the marts were built without the administration; `builds` closes its receipt.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import psycopg

from exact_online import catalogue
from exact_online.registry import Administration
from exact_online.warehouse import one_row


@dataclass(frozen=True)
class Removal:
    """The receipt of a removal. Of a purge it is closed (`closed_at`) once the marts were built without the data."""

    removal_id: int
    dag_id: str
    name: str
    is_purged: bool
    rows_removed: int
    closed_at: datetime | None


def disconnect(
    connection: psycopg.Connection,
    chosen: list[Administration],
    purge: bool,
    forget_grants: bool = False,
    removed_by: str | None = None,
) -> list[Removal]:
    """Take administrations out and return their receipts.

    :param purge: also remove their rows from exact_raw and exact_ops. Without it the data stays and can be
        taken up again by selecting the administration anew.
    :param forget_grants: remove every integration with its tokens too.
    :param removed_by: who asked for it.
    """
    with connection.transaction():
        removed = [_remove(connection, each, purge, removed_by) for each in chosen]
        if forget_grants:
            connection.execute("delete from exact_ops.integrations")
    return removed


def _remove(connection: psycopg.Connection, each: Administration, purge: bool, removed_by: str | None) -> Removal:
    # Waits for pages being written (they hold the row for share) and stops the loads from writing more.
    connection.execute(
        "update exact_ops.administrations set is_connected = false where administration_id = %s",
        (each.administration_id,),
    )
    rows = 0
    if purge:
        for endpoint in catalogue.endpoints():
            rows += connection.execute(
                f'delete from exact_raw."{endpoint}" where administration_id = %s', (each.administration_id,)
            ).rowcount
        connection.execute(
            "delete from exact_ops.administrations where administration_id = %s", (each.administration_id,)
        )
    removal_id, closed_at = one_row(
        connection,
        "insert into exact_ops.removals (administration_id, environment, division_code, name, is_purged, rows_removed, "
        "removed_by, closed_at) values (%s, %s, %s, %s, %s, %s, %s, case when %s then null else now() end) "
        "returning removal_id, closed_at",
        (each.administration_id, each.environment, each.division_code, each.name, purge, rows, removed_by, purge),
    )
    return Removal(removal_id, each.dag_id, each.name, purge, rows, closed_at)
