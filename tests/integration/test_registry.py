"""Integrations and administrations: connecting twice, disconnecting, purging, and what never shows in clear."""

from __future__ import annotations

from datetime import UTC, date, datetime

import psycopg
import pytest

from exact_online import catalogue, logins, outcomes, registry, removals
from exact_online.cipher import Cipher
from exact_online.errors import ConfigError
from exact_online.oauth import App, Token
from exact_online.signing import Signer

pytestmark = pytest.mark.integration
APP = App("http://exact.test", "app", "app-secret", "https://me/callback")
DIVISION = {
    "Code": 77,
    "Description": " Bakkerij 'De <Ster>' ",
    "Currency": "EUR",
    "Country": "NL ",
    "Legislation": "NL ",
    "StartDate": "/Date(1577836800000)/",
}


def test_the_same_user_and_app_join_the_integration_that_exists(connection, integration_id):
    again = registry.finish_login(
        connection, Cipher(), "nl", APP, Token("a2", "r2", datetime.now(UTC)), {"UserID": "u1", "FullName": "Jo B"}
    )
    other = registry.finish_login(
        connection, Cipher(), "nl", APP, Token("a3", "r3", datetime.now(UTC)), {"UserID": "u2", "FullName": "An"}
    )
    assert again == integration_id != other
    assert [each.user_name for each in registry.integrations(connection)] == ["Jo B", "An"]


def test_another_user_may_take_an_integration_over_but_not_one_of_their_own(connection, integration_id):
    token, other = Token("a2", "r2", datetime.now(UTC)), {"UserID": "u2", "FullName": "An"}
    assert registry.finish_login(connection, Cipher(), "nl", APP, token, other, integration_id) == integration_id
    assert [each.user_name for each in registry.integrations(connection)] == ["An"]
    jo = {"UserID": "u1", "FullName": "Jo"}
    registry.finish_login(connection, Cipher(), "nl", APP, token, jo)
    with pytest.raises(ConfigError, match="Jo has an integration of their own"):
        registry.finish_login(
            connection, Cipher(), "nl", APP, token, {"UserID": "u1", "FullName": "Jo"}, integration_id
        )
    with pytest.raises(ConfigError, match="was deleted meanwhile"):
        registry.finish_login(connection, Cipher(), "nl", APP, token, {"UserID": "u9"}, 999)


def test_selecting_keeps_exacts_facts_without_its_padding(connection, integration_id):
    (id_,) = registry.select_administrations(connection, integration_id, "nl", [DIVISION])
    found = registry.administration(connection, id_)
    assert (found.name, found.currency_code, found.country_code) == ("Bakkerij 'De <Ster>'", "EUR", "NL")
    assert (found.dag_id, found.status) == ("exact_online_nl_77", "waiting")
    assert connection.execute("select started_on from exact_ops.administrations").fetchone() == (date(2020, 1, 1),)


def just(connection, code: int) -> list[registry.Administration]:
    return [each for each in registry.administrations(connection) if each.division_code == code]


def test_disconnecting_keeps_the_data_and_selecting_again_takes_it_up(connection, integration_id, administration_id):
    connection.execute(
        "insert into exact_raw.gl_accounts (administration_id, id, payload, load_id) values (%s, 'a', '{}', 1)",
        (administration_id,),
    )
    assert [each.dag_id for each in removals.disconnect(connection, just(connection, 77), purge=False)] == [
        "exact_online_nl_77"
    ]
    assert registry.administrations(connection) == []
    with pytest.raises(ConfigError):
        registry.administration(connection, administration_id)
    assert connection.execute("select count(*) from exact_raw.gl_accounts").fetchone() == (1,)
    assert registry.select_administrations(connection, integration_id, "nl", [DIVISION]) == [administration_id]


def test_purging_one_removes_all_of_it_and_nothing_of_the_others(connection, integration_id, administration_id):
    (other,) = registry.select_administrations(connection, integration_id, "nl", [{**DIVISION, "Code": 78}])
    for id_ in (administration_id, other):
        for endpoint in catalogue.endpoints():
            connection.execute(
                f"insert into exact_raw.{endpoint} (administration_id, id, payload, load_id) "
                "values (%s, 'a', '{}', 1)",
                (id_,),
            )
        connection.execute("insert into exact_ops.watermarks values (%s, 'gl_accounts', 1)", (id_,))
    removals.disconnect(connection, just(connection, 77), purge=True)
    for endpoint in catalogue.endpoints():
        rows = connection.execute(f"select administration_id from exact_raw.{endpoint}").fetchall()
        assert rows == [(other,)], endpoint
    assert connection.execute("select administration_id from exact_ops.watermarks").fetchall() == [(other,)]
    assert [each.administration_id for each in registry.administrations(connection)] == [other]


def test_disconnecting_everything_forgets_the_grants(connection, administration_id):
    everything = registry.administrations(connection)
    assert [each.dag_id for each in removals.disconnect(connection, everything, purge=False, forget_grants=True)] == [
        "exact_online_nl_77"
    ]
    assert registry.integrations(connection) == []


def test_a_purge_waits_for_the_page_being_written(warehouse_url, connection, administration_id):
    with psycopg.connect(warehouse_url) as writer:
        writer.execute("select 1 from exact_ops.administrations for share")
        connection.execute("set lock_timeout = '100ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            removals.disconnect(connection, just(connection, 77), purge=True)


def test_no_column_shows_a_secret_in_clear(connection, integration_id):
    logins.begin(connection, Cipher(), Signer(), "nl", APP, "anna")
    texts = [
        str(row)
        for table in ("integrations", "pending_connections", "administrations", "loads", "call_budgets")
        for row in connection.execute(f"select t::text from exact_ops.{table} as t").fetchall()
    ]
    assert texts
    for secret in ("app-secret", "access-1", "refresh-1"):
        assert not [text for text in texts if secret in text or secret.encode().hex() in text]


def facts(connection) -> tuple:
    query = "select status, status_reason, last_succeeded_at is not null from exact_ops.administrations"
    return connection.execute(query).fetchone()


def test_the_end_of_an_import_is_recorded_with_what_failed_and_what_was_left_out(connection, administration_id):
    outcomes.conclude(connection, administration_id, [], ["fixed_assets", "general_ledger"])
    assert facts(connection) == ("succeeded", "without fixed_assets, general_ledger, as asked", False)
    outcomes.conclude(connection, administration_id, ["deletions"], [])
    assert facts(connection) == ("failed", "did not succeed: deletions", False)
    outcomes.conclude(connection, administration_id, ["general_ledger"], [])
    assert facts(connection) == ("failed", "did not succeed: general_ledger", False), "the reason of this import"
    outcomes.set_status(connection, administration_id, "no_access", "no right")
    outcomes.conclude(connection, administration_id, ["check_administration"], [])
    assert facts(connection) == ("no_access", "no right", False)
    outcomes.conclude(connection, administration_id, [], [])
    assert facts(connection) == ("succeeded", None, True)
    outcomes.conclude(connection, administration_id, [], [], "without projects")
    assert facts(connection) == ("succeeded", "without projects", True), "an optional right is no gap"
    outcomes.conclude(connection, administration_id, [], ["fixed_assets"], "without projects")
    assert facts(connection)[1] == "without fixed_assets, as asked; without projects"
