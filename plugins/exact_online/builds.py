"""Which state of the raw data the marts were built from: a build is due when something moved since the last one.

Many administrations announce new data within seconds; the first announcement starts a build that sees all of it, and
the run that the others queued has nothing left to do.
"""

from __future__ import annotations

from typing import Any

import psycopg

from exact_online.warehouse import one_row

#: Changes with every load that ends, with a purge, and with any fact of the registry that the marts show.
_FINGERPRINT = """
select md5(concat_ws('|',
    (select count(*) || ' ' || coalesce(max(finished_at)::text, '') from exact_ops.loads where finished_at is not null),
    (select string_agg(a::text, '|' order by a.administration_id) from exact_ops.administrations as a)
))
"""
_LAST = """
select built_from, finished_at from exact_ops.mart_builds
where finished_at is not null order by build_id desc limit 1
"""


def is_due(connection: psycopg.Connection) -> bool:
    """Return whether raw data or registry moved since the state the last finished build began with."""
    last = connection.execute(_LAST).fetchone()
    return last is None or last[:1] != one_row(connection, _FINGERPRINT)


def freshness(connection: psycopg.Connection) -> dict[str, Any]:
    """Return when the marts were last built, and whether they show all that is stored."""
    last = connection.execute(_LAST).fetchone()
    return {"built_at": last and last[1], "is_up_to_date": not is_due(connection)}


def begin(connection: psycopg.Connection, run_id: str) -> None:
    """Note what a build is about to read; beginning the same run again starts it over."""
    connection.execute(
        "insert into exact_ops.mart_builds (run_id, built_from) values (%s, %s) on conflict (run_id) do update "
        "set built_from = excluded.built_from, started_at = excluded.started_at, finished_at = null",
        (run_id, *one_row(connection, _FINGERPRINT)),
    )


def proves_whole_tables(connection: psycopg.Connection, run_id: str) -> bool:
    """Return whether no build of the same day has finished before this one: then it proves more than what it makes.

    A build looks at what it made; that somebody else changed a mart is only found by reading all of it, once a day.
    """
    return bool(
        one_row(
            connection,
            "select not exists (select from exact_ops.mart_builds as earlier inner join exact_ops.mart_builds as this "
            "on this.run_id = %s where earlier.finished_at is not null and earlier.run_id <> this.run_id "
            "and earlier.started_at::date = this.started_at::date)",
            (run_id,),
        )[0]
    )


def finish(connection: psycopg.Connection, run_id: str) -> None:
    """Note that every part of a build is done; it closes the receipt of each purge from before it began."""
    connection.execute("update exact_ops.mart_builds set finished_at = now() where run_id = %s", (run_id,))
    connection.execute(
        "update exact_ops.removals set closed_at = now() where closed_at is null "
        "and removed_at < (select started_at from exact_ops.mart_builds where run_id = %s)",
        (run_id,),
    )
