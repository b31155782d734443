"""When what is stored compares no more with what Exact sends: a moved administration, a delete log that has forgotten.

Exact numbers all row versions anew when an administration moves to another server or is restored (protocol facts,
section 5.2), and keeps its delete log for two months. Either makes every sync endpoint due for a full reading, which
overwrites whatever its versions say and sweeps what did not come. Postgres only.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

import psycopg

from exact_online import catalogue, passes
from exact_online.warehouse import one_row

log = logging.getLogger(__name__)

#: Exact keeps deletions for two months; a week of it is ours to be late.
DELETE_LOG_LASTS = timedelta(days=55)
#: BlockingStatus while a backup is put back or data is copied in: afterwards the versions are others.
_BLOCKED_BY_A_RESTORE = {1, 5, 6}

_LAST_DELETIONS = """
select coalesce(
    max(finished_at) filter (where endpoint = 'deletions'),
    min(finished_at) filter (where endpoint <> 'deletions')
) from exact_ops.loads where administration_id = %s and outcome = 'succeeded'
"""


def note_division(connection: psycopg.Connection, administration_id: int, division: dict[str, Any]) -> str | None:
    """Compare Exact's dates of a move with those stored, and store them; return what happened, or None.

    :param division: the administration's row of system/Divisions.
    """
    moved_on, linked_on = dates_of(division)
    with connection.transaction():
        before = one_row(
            connection,
            "select moved_on, hr_linked_on from exact_ops.administrations where administration_id = %s for update",
            (administration_id,),
        )
        connection.execute(
            "update exact_ops.administrations set moved_on = %s, hr_linked_on = %s where administration_id = %s",
            (moved_on, linked_on, administration_id),
        )
        if (division.get("BlockingStatus") or 0) in _BLOCKED_BY_A_RESTORE:
            reason = "Exact is restoring or copying the administration"
        elif before != (moved_on, linked_on):
            reason = "Exact moved the administration and numbered all row versions anew"
        else:
            return None
        return reason if void_versions(connection, administration_id, reason) else None


def void_versions(connection: psycopg.Connection, administration_id: int, reason: str) -> bool:
    """Begin a new epoch: stored versions compare with none that come now. Return whether anything had been read."""
    read = [
        endpoint.name
        for endpoint in catalogue.endpoints().values()
        if endpoint.is_sync
        and one_row(
            connection,
            "select exists (select from exact_ops.loads where administration_id = %s and endpoint = %s and pages > 0)",
            (administration_id, endpoint.name),
        )[0]
    ]
    if not read:
        return False
    for endpoint in read:
        passes.require_full_read(connection, administration_id, endpoint, reason)
    connection.execute("delete from exact_ops.passes where administration_id = %s", (administration_id,))
    connection.execute(
        "update exact_ops.administrations set epoch_load_id = "
        "(select coalesce(max(load_id), 0) + 1 from exact_ops.loads) where administration_id = %s",
        (administration_id,),
    )
    log.warning("%s: everything is read again, row by row", reason)
    return True


def note_age_of_delete_log(connection: psycopg.Connection, administration_id: int, now: datetime) -> bool:
    """Make everything with deletions due for a full reading when the log may have forgotten some; return whether."""
    (last,) = one_row(connection, _LAST_DELETIONS, (administration_id,))
    if last is None or now - last < DELETE_LOG_LASTS:
        return False
    reason = f"deletions were last read on {last:%Y-%m-%d}, and Exact forgets them after two months"
    for endpoint in catalogue.endpoints().values():
        if endpoint.deleted_type is not None:
            passes.require_full_read(connection, administration_id, endpoint.name, reason)
    log.warning("%s: everything that can be deleted is read in full", reason)
    return True


def dates_of(division: dict[str, Any]) -> tuple[str | None, str | None]:
    """Return DivisionMoveDate and DivisionHRLinkUnlinkDate as sent: only whether they change matters."""
    moved, linked = (division.get(name) for name in ("DivisionMoveDate", "DivisionHRLinkUnlinkDate"))
    return None if moved is None else str(moved), None if linked is None else str(linked)
