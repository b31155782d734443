"""Daily upkeep: every grant is refreshed, one's trouble stays its own, and day 20 is urgent."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from exact_online import registry, upkeep, warehouse
from exact_online.cipher import Cipher
from exact_online.client import new_session
from exact_online.errors import ReauthorizationRequired
from exact_online.oauth import App, Token
from exact_online.vault import Vault

pytestmark = pytest.mark.integration
NOW = datetime(2026, 6, 30, 4, 40, tzinfo=UTC)


def grant(connection, user: str, issued_at: datetime) -> int:
    app = App("http://exact.test", "app", "secret", "https://me/callback")
    me = {"UserID": user, "FullName": user, "CurrentDivision": 1}
    return registry.finish_login(connection, Cipher(), "nl", app, Token("a", "r", issued_at), me)


def test_every_grant_has_its_turn_and_a_failing_one_is_urgent_from_day_20(connection):
    for user, days in (("An", 1), ("Bo", 19), ("Cy", 20), ("Di", 29)):
        grant(connection, user, NOW - timedelta(days=days))

    def refresh(integration):
        if integration.user_name != "An":
            raise ReauthorizationRequired("revoked")
        return "token"

    well, trouble = upkeep.keep_alive(connection, refresh, lambda: NOW)
    assert well == ["integration 1 (nl, An) is connected"]
    assert trouble == [
        "integration 2 (nl, Bo): revoked",
        "integration 3 (nl, Cy): revoked URGENT: no refresh succeeded for 20 days; "
        "Exact forgets this grant in 10 days.",
        "integration 4 (nl, Di): revoked URGENT: no refresh succeeded for 29 days; Exact forgets this grant in 1 days.",
    ]


def test_a_refresh_a_day_keeps_an_idle_grant_for_months_and_without_it_exact_forgets(connected, connection):
    (integration,) = registry.integrations(connection)
    clock = connected.clock
    with closing(new_session()) as session:

        def refresh(each):
            return Vault(each.integration_id, warehouse.connect, Cipher(), session, clock, clock.sleep).access_token()

        for _ in range(70):
            clock.sleep(86_400)
            assert upkeep.keep_alive(connection, refresh, clock)[1] == []
        assert registry.integrations(connection)[0].state == "connected"
        clock.sleep(31 * 86_400)
        _, trouble = upkeep.keep_alive(connection, refresh, clock)
    assert "The refresh token expired" in trouble[0]
    assert registry.integrations(connection)[0].state == "reconnect_required"
    assert integration.state == "connected"


def test_old_journals_are_removed_and_young_ones_stay(connection, integration_id):
    connection.execute(
        "insert into exact_ops.token_calls (integration_id, started_at) values (%s, now() - interval '91 days'), "
        "(%s, now() - interval '89 days')",
        (integration_id, integration_id),
    )
    connection.execute(
        "insert into exact_ops.pending_connections select md5(d::text), 'nl', '', '', '', '', now() - d, 'ann' "
        "from unnest(array[interval '25 hours', interval '1 hour']) as d"
    )
    assert upkeep.prune(connection) == 2
    assert upkeep.prune(connection) == 0
