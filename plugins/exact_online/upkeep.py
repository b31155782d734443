"""Keeps idle grants alive and the journals short: what must happen daily although nobody imports.

Exact forgets a refresh token that was not used for 30 days (protocol facts, section 2). A refresh a day keeps an
integration alive whose administrations are paused, and shows a grant that does not work while there is time to mend it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import psycopg

from exact_online import registry
from exact_online.errors import ExactOnlineError
from exact_online.oauth import Clock

#: Exact forgets an unused refresh token after so many days.
TOKEN_DAYS = 30
#: From this age on a grant that cannot be refreshed is urgent.
WARN_FROM_DAYS = 20
#: How long started logins, token calls and refusals are kept.
KEEP = {"pending_connections": "1 day", "token_calls": "90 days"}

Refresh = Callable[[registry.Integration], str]


def keep_alive(connection: psycopg.Connection, refresh: Refresh, clock: Clock) -> tuple[list[str], list[str]]:
    """Refresh the grant of every connected integration; one's trouble does not stop the others.

    :param refresh: makes sure that an integration has a valid token, or raises an ExactOnlineError.
    Returns (what is well, what is not), a sentence per integration.
    """
    well, trouble = [], []
    for each in registry.integrations(connection):
        name = f"integration {each.integration_id} ({each.environment}, {each.user_name or 'unknown user'})"
        try:
            refresh(each)
            well.append(f"{name} is connected")
        except ExactOnlineError as exc:
            trouble.append(f"{name}: {exc}{_days_left(each, clock)}")
    return well, trouble


def prune(connection: psycopg.Connection) -> int:
    """Remove what nobody needs any more and return the number of rows."""
    removed = connection.execute(
        f"delete from exact_ops.pending_connections where created_at < now() - interval '{KEEP['pending_connections']}'"
    ).rowcount
    removed += connection.execute(
        f"delete from exact_ops.token_calls where started_at < now() - interval '{KEEP['token_calls']}'"
    ).rowcount
    return removed


def _days_left(integration: registry.Integration, clock: Clock) -> str:
    if integration.token_issued_at is None:
        return ""
    idle = clock() - integration.token_issued_at
    if idle < timedelta(days=WARN_FROM_DAYS):
        return ""
    left = max(TOKEN_DAYS - idle.days, 0)
    return f" URGENT: no refresh succeeded for {idle.days} days; Exact forgets this grant in {left} days."
