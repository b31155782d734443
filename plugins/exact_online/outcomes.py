"""What became of an administration's import, in the words that pages, commands and alerts show. Postgres only."""

from __future__ import annotations

import psycopg


def set_status(connection: psycopg.Connection, administration_id: int, status: str, reason: str | None = None) -> None:
    """Record what became of an administration."""
    connection.execute(
        "update exact_ops.administrations set status = %s, status_reason = %s where administration_id = %s",
        (status, reason and reason[:500], administration_id),
    )


def conclude(
    connection: psycopg.Connection,
    administration_id: int,
    failed_tasks: list[str],
    skipped_tasks: list[str],
    refused: str | None = None,
) -> None:
    """Record the end of an import; a reason that was recorded during it (no access ...) stays.

    :param skipped_tasks: what was not asked for; the time of the last whole import moves only without any.
    :param refused: what Exact refused for want of an optional right, as a sentence; the import is whole without it.
    """
    if failed_tasks:
        connection.execute(
            "update exact_ops.administrations set status = 'failed', status_reason = %s "
            "where administration_id = %s and status in ('waiting', 'in_progress', 'succeeded', 'failed')",
            (f"did not succeed: {', '.join(failed_tasks)}", administration_id),
        )
        return
    not_asked = f"without {', '.join(skipped_tasks)}, as asked" if skipped_tasks else None
    set_status(connection, administration_id, "succeeded", "; ".join(filter(None, (not_asked, refused))) or None)
    if not skipped_tasks:
        connection.execute(
            "update exact_ops.administrations set last_succeeded_at = now() where administration_id = %s",
            (administration_id,),
        )
