"""Take administrations and whole integrations out, keep or purge their data, and leave a receipt. Postgres only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg import sql
from psycopg.rows import class_row

from exact_online import catalogue, registry
from exact_online.errors import ConfigError
from exact_online.warehouse import one_row

_RECEIPT = """
insert into exact_ops.removal_receipts (removed_by, environment, division_code, name, data, rows_removed)
values (%s, %s, %s, %s, %s, %s)
"""
#: A build that began after the removal saw nothing of the administration any more.
_RECEIPTS = """
select r.receipt_id, r.removed_at, r.removed_by, r.environment, r.division_code, r.name, r.data, r.rows_removed,
       (select min(b.finished_at) from exact_ops.mart_builds as b where b.started_at > r.removed_at) as closed_at
from exact_ops.removal_receipts as r order by r.receipt_id desc limit %s
"""


@dataclass(frozen=True)
class Receipt:
    """Who took which administration out, and what became of its data; `closed_at` once the marts show it."""

    receipt_id: int
    removed_at: datetime
    removed_by: str
    environment: str
    division_code: int
    name: str
    data: str
    rows_removed: int
    closed_at: datetime | None

    @property
    def dag_id(self) -> str:
        """The id its DAG had: who may read that DAG may read the receipt."""
        return f"exact_online_{self.environment}_{self.division_code}"


def remove(
    connection: psycopg.Connection,
    chosen: list[registry.Administration],
    purge: bool,
    who: str,
    forget_grants: bool = False,
) -> list[str]:
    """Take administrations out and return their DAG ids; the others go on.

    :param purge: remove their rows too; otherwise they stay and are taken up again by selecting it anew.
    :param forget_grants: remove every integration with its tokens too.
    """
    with connection.transaction():
        # Waits for pages that are being written, so that what is counted is what is removed.
        ids = [each.administration_id for each in chosen]
        connection.execute(
            "update exact_ops.administrations set is_connected = false where administration_id = any(%s)", (ids,)
        )
        for each in chosen:
            rows = _rows_of(connection, each.administration_id) if purge else 0
            data = "purged" if purge else "kept"
            connection.execute(_RECEIPT, (who, each.environment, each.division_code, each.name, data, rows))
        return registry.disconnect(connection, chosen, purge, forget_grants)


def remove_integration(connection: psycopg.Connection, integration_id: int, purge: bool, who: str) -> list[str]:
    """Take an integration out with its grant and all its administrations, and return their DAG ids."""
    with connection.transaction():
        theirs = [
            each
            for each in registry.administrations(connection, connected_only=False)
            if each.integration_id == integration_id
        ]
        removed = remove(connection, theirs, purge, who)
        found = connection.execute("delete from exact_ops.integrations where integration_id = %s", (integration_id,))
        if not found.rowcount:
            raise ConfigError(f"integration {integration_id} does not exist (any more)")
    return removed


def receipts(connection: psycopg.Connection, limit: int = 20) -> list[Receipt]:
    """Return the newest receipts first."""
    with connection.cursor(row_factory=class_row(Receipt)) as cursor:
        return cursor.execute(_RECEIPTS, (limit,)).fetchall()


def _rows_of(connection: psycopg.Connection, administration_id: int) -> int:
    counts = [
        sql.SQL("select count(*) from exact_raw.{} where administration_id = %(id)s").format(sql.Identifier(name))
        for name in catalogue.endpoints()
    ]
    total = sql.SQL("select sum(n)::bigint from ({}) as counts (n)").format(sql.SQL(" union all ").join(counts))
    return one_row(connection, total, {"id": administration_id})[0]
