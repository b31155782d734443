"""What is wrong now, what of it was told, and what is over: one row per cause, not one per task. SQL only.

Sends nothing: how a message reaches people is Airflow's business (`notifiers`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import psycopg

from exact_online.figures import coverage
from exact_online.figures.marts import NotBuilt
from exact_online.manage import rhythm_of
from exact_online.upkeep import WARN_FROM_DAYS

#: How old the last good import may get in hours, by how often it runs: a missed night shows the next morning.
FRESH_HOURS = {"nightly": 26, "daily": 26, "hourly": 3, "weekdays": 74, "weekly": 170}
#: Failed in this way alone means that all was loaded and some figures differ: that is a cause of its own.
_ONLY_RECONCILE = "did not succeed: reconcile"
_IN_TROUBLE = ("failed", "not_found", "no_access", "archived", "blocked")

_INTEGRATIONS = """
select integration_id, coalesce(label, user_name, 'unknown user') || ' (' || environment || ')', state,
       coalesce(state_reason, ''), token_issued_at
from exact_ops.integrations
"""
#: Of an integration that must be connected again nothing else is said: all of it has that one cause.
_ADMINISTRATIONS = """
select a.administration_id, coalesce(a.label, a.name) || ' (' || a.environment || ' ' || a.division_code || ')',
       a.status, coalesce(a.status_reason, ''), coalesce(a.last_succeeded_at, a.connected_at), a.schedule,
       a.fresh_hours, coalesce(d.differences, 0), coalesce(d.subjects, '')
from exact_ops.administrations as a
join exact_ops.integrations as i on i.integration_id = a.integration_id and i.state = 'connected'
left join (
    select administration_id, sum(differences) as differences, string_agg(subject, ', ' order by subject) as subjects
    from exact_ops.reconciliations where differences > 0 group by 1
) as d on d.administration_id = a.administration_id
where a.is_connected
order by a.administration_id
"""
_OPEN = """
insert into exact_ops.alerts (kind, subject, name, reason) values (%s, %s, %s, %s)
on conflict (kind, subject) where closed_at is null do nothing
"""
_COLUMNS = "alert_id, kind, subject, name, reason"


@dataclass(frozen=True)
class Cause:
    """One thing that is wrong, with the words for it."""

    kind: str
    subject: str
    name: str
    reason: str


@dataclass(frozen=True)
class Alert(Cause):
    """A cause that was written down."""

    alert_id: int


def causes(connection: psycopg.Connection, now: datetime) -> list[Cause]:
    """Return everything that is wrong now."""
    return [*_of_integrations(connection, now), *_of_administrations(connection, now), *_unmapped(connection)]


def _of_integrations(connection: psycopg.Connection, now: datetime) -> Iterable[Cause]:
    for id_, name, state, reason, issued_at in connection.execute(_INTEGRATIONS).fetchall():
        subject = f"integration {id_}"
        if state == "reconnect_required":
            yield Cause("reconnect", subject, name, f"{reason}. Its imports stand still until somebody reconnects it")
        elif state == "connected" and issued_at and now - issued_at >= timedelta(days=WARN_FROM_DAYS):
            idle = (now - issued_at).days
            yield Cause("idle", subject, name, f"not refreshed for {idle} days; Exact forgets it after 30")


def _of_administrations(connection: psycopg.Connection, now: datetime) -> Iterable[Cause]:
    for id_, name, status, reason, good_at, schedule, promised, differences, subjects in connection.execute(
        _ADMINISTRATIONS
    ).fetchall():
        subject = f"administration {id_}"
        if differences:
            yield Cause("unreconciled", subject, name, f"{differences} figures differ from Exact's own: {subjects}")
        if status in _IN_TROUBLE:
            if reason != _ONLY_RECONCILE:
                yield Cause("failed", subject, name, f"{status.replace('_', ' ')}: {reason}")
            continue
        hours = FRESH_HOURS[rhythm_of(schedule)[0]] if promised is None else promised
        if hours and now - good_at > timedelta(hours=hours):
            yield Cause(
                "stale", subject, name, f"no good import since {good_at:%Y-%m-%d %H:%M} UTC; promised: {hours} h"
            )


def _unmapped(connection: psycopg.Connection) -> Iterable[Cause]:
    try:
        found = coverage.unmapped(connection)
    except NotBuilt:
        return
    for row in found:
        reason = f"{row['accounts']} accounts with {row['amount']:,.2f} {row['currency_code']} have no reporting line"
        yield Cause("unmapped", f"administration {row['administration_id']}", row["administration_name"], reason)


def last_good(connection: psycopg.Connection) -> list[tuple[str, datetime]]:
    """Return (DAG, moment of the last good import) per connected administration."""
    return connection.execute(
        "select 'exact_online_' || environment || '_' || division_code, coalesce(last_succeeded_at, connected_at) "
        "from exact_ops.administrations where is_connected order by 1"
    ).fetchall()


def write_down(connection: psycopg.Connection, now: Iterable[Cause]) -> tuple[list[Alert], list[Alert]]:
    """Remember the causes; return (what is to be told, what was told and is over)."""
    found = {(cause.kind, cause.subject): cause for cause in now}
    for cause in found.values():
        connection.execute(_OPEN, (cause.kind, cause.subject, cause.name, cause.reason))
    rows = connection.execute(
        f"select {_COLUMNS}, told_at is not null from exact_ops.alerts where closed_at is null order by kind, alert_id"
    ).fetchall()
    known = [(Alert(kind, subject, name, reason, id_), told) for id_, kind, subject, name, reason, told in rows]
    new = [alert for alert, told in known if not told and (alert.kind, alert.subject) in found]
    over = [(alert, told) for alert, told in known if (alert.kind, alert.subject) not in found]
    # What came and went before anybody was told is nobody's business any more.
    close(connection, [alert for alert, told in over if not told])
    return new, [alert for alert, told in over if told]


def tell(connection: psycopg.Connection, alerts: list[Alert]) -> None:
    """Remember that a message went out about these."""
    ids = [alert.alert_id for alert in alerts]
    connection.execute("update exact_ops.alerts set told_at = now() where alert_id = any(%s)", (ids,))


def close(connection: psycopg.Connection, alerts: list[Alert]) -> None:
    """Remember that these are over."""
    ids = [alert.alert_id for alert in alerts]
    connection.execute("update exact_ops.alerts set closed_at = now() where alert_id = any(%s)", (ids,))
