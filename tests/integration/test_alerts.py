"""What is told, when, and how often: one message per cause, and one when it is over. The sink is a real HTTP server."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from exact_online import __main__ as command_line
from exact_online import alerts, registry
from exact_online.errors import ConfigError
from tests.integration.tasks import look

pytestmark = pytest.mark.integration


@pytest.fixture
def books(connection, integration_id) -> dict[str, int]:
    """Three administrations that were imported an hour ago."""
    divisions = [{"Code": code, "Description": f"Books {code}", "Currency": "EUR"} for code in (1, 2, 3)]
    ids = registry.select_administrations(connection, integration_id, "nl", divisions)
    connection.execute(
        "update exact_ops.administrations set status = 'succeeded', last_succeeded_at = now() - interval '1 hour'"
    )
    return dict(zip("abc", ids, strict=True))


def kinds(connection, hours: float = 0) -> list[tuple[str, str]]:
    then = datetime.now(UTC) + timedelta(hours=hours)
    return [(each.kind, each.subject) for each in alerts.causes(connection, then)]


def test_all_is_well(connection, books):
    assert kinds(connection) == []


def change(connection, table: str, sets: str, id_: int | None = None) -> None:
    key = table.removesuffix("s") + "_id"
    connection.execute(f"update exact_ops.{table} set {sets} where %s::int is null or {key} = %s", (id_, id_))


@pytest.mark.parametrize(
    ("schedule", "promised", "fresh_until"),
    [
        pytest.param("null", "null", 25, id="nightly: 26 hours"),
        pytest.param("'0 * * * *'", "null", 2, id="hourly: 3 hours"),
        pytest.param("'30 6 * * 1-5'", "null", 73, id="weekdays: over the weekend"),
        pytest.param("'30 6 * * 1'", "null", 169, id="weekly"),
        pytest.param("null", "5", 4, id="a promise of its own"),
    ],
)
def test_data_are_stale_once_they_are_older_than_promised(connection, books, schedule, promised, fresh_until):
    change(connection, "administrations", f"schedule = {schedule}, fresh_hours = {promised}", books["a"])
    change(connection, "administrations", "fresh_hours = 0", books["b"])
    change(connection, "administrations", "fresh_hours = 0", books["c"])
    assert kinds(connection, fresh_until - 0.1) == []
    assert kinds(connection, fresh_until + 0.1) == [("stale", f"administration {books['a']}")]


def test_the_promise_is_changed_by_a_command(connection, books, capsys):
    assert command_line.main(["promise", "1", "2"]) == 0
    assert "2 hours old" in capsys.readouterr().out
    assert kinds(connection, 2) == [("stale", f"administration {books['a']}")]
    assert command_line.main(["promise", "1"]) == 0
    assert kinds(connection, 2) == []
    assert command_line.main(["promise", "1", "-1"]) == 2


def test_a_grant_that_must_be_renewed_is_one_cause_whatever_it_keeps_from_loading(connection, books, integration_id):
    change(connection, "integrations", "state = 'reconnect_required', state_reason = 'Exact says no'")
    change(connection, "administrations", "status = 'failed'")
    assert kinds(connection, 999) == [("reconnect", f"integration {integration_id}")]


def test_an_idle_grant_is_told_from_day_20_on(connection, books, integration_id):
    issued = datetime.now(UTC) - timedelta(days=19, hours=23)
    connection.execute("update exact_ops.integrations set token_issued_at = %s", (issued,))
    assert kinds(connection) == []
    assert kinds(connection, 1) == [("idle", f"integration {integration_id}")]


def test_a_failed_import_is_no_stale_one_and_figures_that_differ_are_no_failed_one(connection, books):
    change(connection, "administrations", "status = 'no_access', status_reason = 'no right'", books["a"])
    reason = "status_reason = 'did not succeed: reconcile'"
    change(connection, "administrations", f"status = 'failed', {reason}", books["b"])
    connection.execute(
        "insert into exact_ops.reconciliations (administration_id, subject, run_id, differences) "
        "values (%s, '2026', 'r', 3), (%s, 'entries', 'r', 0)",
        (books["b"], books["c"]),
    )
    assert kinds(connection, 20) == [
        ("failed", f"administration {books['a']}"),
        ("unreconciled", f"administration {books['b']}"),
    ]
    (_, told) = alerts.causes(connection, datetime.now(UTC))
    assert told.reason == "3 figures differ from Exact's own: 2026"


def test_amounts_without_a_reporting_line_are_told_and_accounts_without_amounts_are_not(connection, books):
    connection.execute("create schema marts")
    connection.execute(
        "create table marts.dim_administrations as select administration_id, name as administration_name, "
        "'EUR' as currency_code from exact_ops.administrations"
    )
    connection.execute(
        "create table marts.rpt_account_mapping_coverage (administration_id int, is_unmapped boolean, "
        "balance_amount numeric, movement_amount numeric)"
    )
    connection.execute(
        "insert into marts.rpt_account_mapping_coverage values (%(a)s, true, -1200.5, 30), (%(a)s, true, 0, 10), "
        "(%(b)s, true, 0, 0), (%(c)s, false, 99, 99)",
        books,
    )
    (found,) = alerts.causes(connection, datetime.now(UTC))
    assert (found.kind, found.subject) == ("unmapped", f"administration {books['a']}")
    assert found.reason == "2 accounts with 1,210.50 EUR have no reporting line"


def test_one_message_per_cause_and_one_when_it_is_over(connection, books, sink):
    assert look() == {"open": 0, "messages": 0}
    change(connection, "administrations", "status = 'failed', status_reason = 'did not succeed: general_ledger'")
    assert look() == {"open": 3, "messages": 1}
    assert look() == {"open": 3, "messages": 0}
    (message,) = sink.got
    assert message["subject"] == "Exact Online imports failed"
    assert message["text"].count("did not succeed: general_ledger") == 3
    change(connection, "administrations", "status = 'succeeded', status_reason = null", books["a"])
    assert look() == {"open": 2, "messages": 1}
    assert sink.got[-1]["subject"] == "Over: Exact Online imports failed"
    assert f"Books {1}" in sink.got[-1]["text"]
    assert "Books 2" not in sink.got[-1]["text"]
    change(connection, "administrations", "status = 'failed', status_reason = 'again'", books["a"])
    assert look() == {"open": 3, "messages": 1}, "a new cause is told anew"


def test_what_could_not_be_sent_is_sent_at_the_next_look(connection, books, sink):
    change(connection, "administrations", "status = 'blocked', status_reason = 'Exact restores it'", books["a"])
    sink.is_down = True
    with pytest.raises(Exception, match="503"):
        look()
    sink.is_down = False
    assert look() == {"open": 1, "messages": 1}
    assert "Exact restores it" in sink.got[0]["text"]


@pytest.mark.parametrize("text", ["carrier-pigeon:finance", "http", "smtp:mail", "slack:finance:to-whom"])
def test_a_channel_that_makes_no_sense_is_refused(monkeypatch, text):
    from exact_online import notifiers

    monkeypatch.setenv("EXACT_ONLINE_ALERTS", text)
    with pytest.raises(ConfigError, match="EXACT_ONLINE_ALERTS"):
        notifiers.send("s", "t")


def test_every_channel_is_one_of_airflows_own(monkeypatch):
    from exact_online import notifiers

    monkeypatch.setenv("EXACT_ONLINE_ALERTS", "http:a, slack:b,smtp:c:ops@example.com")
    found = notifiers.channels("Figures <differ>", "A & B")
    assert [type(each).__module__.split(".")[2] for each in found] == ["http", "slack", "smtp"]
    assert found[2].to == "ops@example.com"
    assert found[2].html_content == "<pre>A &amp; B</pre>"
