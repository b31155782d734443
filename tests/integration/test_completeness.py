"""What keeps a copy complete on a bad night: passes that die, moves, a forgetful delete log, reloads, dates, drift."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from exact_online import catalogue, load_log, moves, passes, recipe, registry, rights
from exact_online.errors import ConfigError, RequestRejected, TransientApiError
from exact_online.extract import load_endpoint, reload_period
from tests.fakes import Answer
from tests.integration.conftest import BASE, behind, page_of, right

pytestmark = pytest.mark.integration
GL_ACCOUNTS = catalogue.endpoints()["gl_accounts"]
COST_CENTERS = catalogue.endpoints()["cost_centers"]
LINES = catalogue.endpoints()["transaction_lines"]
DELETIONS = catalogue.endpoints()["deletions"]
NEXT = f"{BASE}/api/v1/77/x?$skiptoken=guid'1'"


def account(id_, timestamp, **fields):
    return {"Timestamp": str(timestamp), "ID": id_, "Division": 77, **fields}


def center(id_):
    return {"ID": id_, "Division": 77}


def line(id_, timestamp, year=2026, period=1, **fields):
    where = {"FinancialYear": year, "FinancialPeriod": period, "Division": 77}
    return {**({"Timestamp": str(timestamp)} if timestamp else {}), "ID": id_, **where, **fields}


def deletion(id_, timestamp, key, type_=7):
    return {"Timestamp": str(timestamp), "ID": id_, "EntityKey": key, "EntityType": type_, "Division": 77}


def watermark(connection, endpoint="gl_accounts"):
    found = connection.execute("select watermark from exact_ops.watermarks where endpoint = %s", (endpoint,)).fetchone()
    return found and found[0]


def dies_behind(*pages):
    """Return the answers of a reading that gets these pages and then nothing."""
    return (*pages, *[Answer(503)] * 4)


@pytest.mark.parametrize("endpoint", [GL_ACCOUNTS, COST_CENTERS], ids=lambda endpoint: endpoint.name)
def test_a_full_pass_goes_on_within_its_run_and_sweeps_what_neither_half_brought(run, stored, connection, endpoint):
    row = account if endpoint.is_sync else (lambda id_, _: center(id_))
    load_endpoint(run(page_of([row(id_, n) for n, id_ in enumerate("abcd", 1)])), endpoint)
    with pytest.raises(TransientApiError):
        load_endpoint(run(*dies_behind(page_of([row("a", 1)], NEXT)), full_refresh=True), endpoint)
    assert set(stored(endpoint.name)) == set("abcd"), "nothing is swept before the end"
    resumed = run(page_of([row("c", 3)]), full_refresh=True)
    load_endpoint(resumed, endpoint)
    assert resumed.exact.urls == [NEXT]
    assert set(stored(endpoint.name)) == {"a", "c"}
    assert connection.execute("select count(*) from exact_ops.seen_ids").fetchone() == (0,)


def test_a_full_pass_of_an_earlier_run_is_not_gone_on_with(run, stored):
    load_endpoint(run(page_of([center("a"), center("b")])), COST_CENTERS)
    with pytest.raises(TransientApiError):
        load_endpoint(run(*dies_behind(page_of([center("a")], NEXT))), COST_CENTERS)
    later = replace(run(page_of([center("b")])), run_id="run-2")
    load_endpoint(later, COST_CENTERS)
    assert set(stored("cost_centers")) == {"b"}, "a may have been deleted since it was seen"


def test_the_watermark_stays_until_a_full_refresh_has_ended(run, connection):
    load_endpoint(run(page_of([account("a", 5), account("b", 9)])), GL_ACCOUNTS)
    with pytest.raises(TransientApiError):
        load_endpoint(run(*dies_behind(page_of([account("a", 5)], behind(5))), full_refresh=True), GL_ACCOUNTS)
    assert watermark(connection) == 9
    nightly = run(page_of([]))
    load_endpoint(nightly, GL_ACCOUNTS)
    assert "Timestamp%20gt%209L" in nightly.exact.urls[0]


def test_after_a_move_lower_versions_overwrite_and_what_did_not_come_is_swept(
    run, stored, connection, administration_id
):
    load_endpoint(run(page_of([account("a", 500), account("b", 600), account("c", 700)])), GL_ACCOUNTS)
    load_endpoint(run(page_of([deletion("d", 650, "c")])), DELETIONS)
    division = {"Code": 77, "DivisionMoveDate": "/Date(1795392000000)/"}
    assert "moved" in moves.note_division(connection, administration_id, division)
    assert moves.note_division(connection, administration_id, division) is None, "noted once"
    reread = run(page_of([account("b", 3, Code="new"), account("a", 7)]))
    load_endpoint(reread, GL_ACCOUNTS)
    assert "Timestamp%20gt%200L" in reread.exact.urls[0]
    assert stored("gl_accounts") == {"a": account("a", 7), "b": account("b", 3, Code="new")}
    assert watermark(connection) == 7, "the first page of a stream that was not in order"
    # The log too is numbered anew: an old entry hits nothing, a new one does.
    load_endpoint(run(page_of([deletion("e", 8, "a")])), DELETIONS)
    assert set(stored("gl_accounts")) == {"b"}


def test_a_move_does_not_touch_what_was_never_read(connection, administration_id):
    division = {"Code": 77, "DivisionHRLinkUnlinkDate": "/Date(1795392000000)/"}
    assert moves.note_division(connection, administration_id, division) is None
    assert connection.execute("select count(*) from exact_ops.full_reads_due").fetchone() == (0,)


@pytest.mark.parametrize(("status", "due"), [(0, False), (1, True), (2, False), (5, True), (6, True)])
def test_a_restore_in_exact_is_followed_by_a_full_reading(run, connection, administration_id, status, due):
    load_endpoint(run(page_of([account("a", 5)])), GL_ACCOUNTS)
    moves.note_division(connection, administration_id, {"Code": 77, "BlockingStatus": status})
    assert (passes.full_read_due(connection, administration_id, "gl_accounts") is not None) is due


def test_a_delete_log_that_may_have_forgotten_forces_a_full_reading_until_one_has_ended(
    run, stored, connection, administration_id, caplog
):
    load_endpoint(run(page_of([account("a", 5), account("b", 6)])), GL_ACCOUNTS)
    load_endpoint(run(page_of([deletion("d", 1, "x")])), DELETIONS)
    now = datetime.now(UTC)
    assert moves.note_age_of_delete_log(connection, administration_id, now + timedelta(days=54)) is False
    assert moves.note_age_of_delete_log(connection, administration_id, now + timedelta(days=56)) is True
    assert "Exact forgets them after two months" in caplog.text
    # The log itself is read well again, but the accounts fail: they stay due.
    load_endpoint(run(page_of([])), DELETIONS)
    with pytest.raises(TransientApiError):
        load_endpoint(run(*dies_behind(page_of([account("a", 5)], NEXT))), GL_ACCOUNTS)
    assert passes.full_read_due(connection, administration_id, "gl_accounts")
    later = replace(run(page_of([account("a", 5)])), run_id="run-2")
    load_endpoint(later, GL_ACCOUNTS)
    assert set(stored("gl_accounts")) == {"a"}
    assert passes.full_read_due(connection, administration_id, "gl_accounts") is None


def test_a_date_reads_again_what_changed_since_and_moves_the_watermark_forward_only(run, stored, connection):
    load_endpoint(run(page_of([line("a", 5), line("b", 9)])), LINES)
    connection.execute("""update exact_raw.transaction_lines set payload = '{"ID":"b"}' where id = 'b'""")
    version = Answer(200, b'{"d":{"results":[{"API":"TransactionLines","TimeStampAsBigInt":"6"}]}}')
    asked = run(version, page_of([line("b", 9)]))
    load_endpoint(replace(asked, from_date=date(2026, 3, 1)), LINES)
    assert "SyncTimestamp?modified=datetime'2026-03-01T00:00:00'&endPoint='TransactionLines'" in asked.exact.urls[0]
    assert "Timestamp%20gt%206L" in asked.exact.urls[1]
    assert stored("transaction_lines") == {"a": line("a", 5), "b": line("b", 9)}, "mended; a was not swept"
    assert watermark(connection, "transaction_lines") == 9
    # b, the newest, is gone in Exact: the highest version that comes is below the watermark
    load_endpoint(replace(run(version, page_of([line("c", 7)])), from_date=date(2026, 3, 1)), LINES)
    assert watermark(connection, "transaction_lines") == 9
    full = run(page_of([account("a", 5)]))
    load_endpoint(replace(full, from_date=date(2026, 3, 1)), GL_ACCOUNTS)
    assert "Timestamp%20gt%200L" in full.exact.urls[0], "Exact turns no date into a version here"


def test_a_reload_mends_a_period_and_keeps_what_versions_are_known(run, stored, connection, administration_id):
    first = [line("kept", 5, AmountDC=1.50), line("changed", 6, AmountDC=2), line("gone", 7), line("else", 8, period=2)]
    load_endpoint(run(page_of(first)), LINES)
    before = connection.execute("select loaded_at from exact_raw.transaction_lines where id = 'kept'").fetchone()
    rows = [line("kept", None, AmountDC=1.5), line("changed", None, AmountDC=3), line("new", None, AmountDC=4)]
    reload = run(page_of(rows))
    counts = reload_period(reload, LINES, 2026, 1).counts
    assert "bulk/Financial/TransactionLines" in reload.exact.urls[0]
    assert "FinancialYear%20eq%202026%20and%20FinancialPeriod%20eq%201" in reload.exact.urls[0]
    assert "Timestamp" not in reload.exact.urls[0], "the other service has none"
    assert set(stored("transaction_lines")) == {"kept", "changed", "new", "else"}
    assert (counts.rows_inserted, counts.rows_updated, counts.rows_unchanged, counts.rows_deleted) == (1, 1, 1, 1)
    assert (
        connection.execute("select loaded_at from exact_raw.transaction_lines where id = 'kept'").fetchone() == before
    )
    versions = dict(connection.execute("select id, sync_timestamp from exact_raw.transaction_lines").fetchall())
    assert (versions["changed"], versions["new"]) == (6, None)
    # The stream knows better, whatever its version; a deletion from before the reload does not hit what it brought.
    load_endpoint(run(page_of([line("new", 3, AmountDC=5)])), LINES)
    assert stored("transaction_lines")["new"]["AmountDC"] == 5
    assert watermark(connection, "transaction_lines") == 8


def test_a_row_that_came_by_a_reload_is_deleted_by_what_the_log_says_later(run, stored):
    load_endpoint(run(page_of([deletion("d1", 4, "early", 1)])), DELETIONS)
    reload_period(run(page_of([line("early", None), line("late", None)])), LINES, 2026, 1)
    load_endpoint(run(page_of([deletion("d2", 5, "late", 1)])), DELETIONS)
    assert set(stored("transaction_lines")) == {"early"}


def test_fields_that_come_go_or_change_are_told_once_and_kept(run, stored, connection, caplog):
    full = {name: "x" for name in COST_CENTERS.fields}
    load_endpoint(run(page_of([{**full, "ID": "a", "Division": 77}])), COST_CENTERS)
    assert connection.execute("select count(*) from exact_ops.schema_findings").fetchone() == (0,)
    drifted = {**full, "ID": "a", "Division": 77, "Code": 12, "Kleur": "rood"}
    del drifted["Description"]
    for _ in range(2):
        load_endpoint(run(page_of([drifted])), COST_CENTERS)
    assert connection.execute("select field, finding, detail from exact_ops.schema_findings order by 1").fetchall() == [
        ("Code", "type changed", "was a text, now a number"),
        ("Description", "missing", "asked for, not in the answer"),
        ("Kleur", "new", "a text"),
    ]
    assert stored("cost_centers")["a"] == drifted
    assert caplog.text.count("Kleur") == 1


def test_a_repeated_task_does_only_what_its_run_has_not_done(run, connection, administration_id):
    names = [endpoint.name for endpoint in catalogue.of_data_set("fixed_assets")]
    rows = [page_of([center(f"x{n}")]) for n in range(len(names))]
    broken = run(*rows[:2], *[Answer(503)] * 4, rows[3])
    with pytest.raises(TransientApiError):
        recipe.load_data_set(broken, "fixed_assets")
    again = run(rows[2])
    assert list(recipe.load_data_set(again, "fixed_assets")) == [names[2]]
    assert len(again.exact.calls) == 1
    done = load_log.done_in_run(connection, administration_id, "run-1", "fixed_assets")
    assert {each.endpoint for each in done} == set(names)
    cleared = run(*rows)
    assert list(recipe.load_data_set(cleared, "fixed_assets")) == names, "cleared by a person: all of it anew"


def test_a_load_that_a_kill_left_open_is_closed_by_the_next_one(run, connection, administration_id):
    connection.execute(
        "insert into exact_ops.loads (administration_id, endpoint, data_set, run_id, kind) "
        "values (%s, 'cost_centers', 'analytical_axes', 'run-0', 'snapshot')",
        (administration_id,),
    )
    load_endpoint(run(page_of([center("a")])), COST_CENTERS)
    found = connection.execute("select outcome, error_class from exact_ops.loads order by load_id").fetchall()
    assert found == [("failed", "Interrupted"), ("succeeded", None)]


def test_the_log_tells_how_far_a_load_is_and_what_is_expected(run, connection, budgets):
    seen = []

    def look():
        """Answer the last call once the page before it is stored: both go on at the same time."""
        deadline = time.monotonic() + 5
        while not seen or seen[-1][0] < 2:
            assert time.monotonic() < deadline
            told = budgets.execute("select rows_read, rows_expected, outcome, seconds is null from exact_ops.loads")
            seen.append(told.fetchone())
        return page_of([line("c", 7)])

    class Looking(list):
        def pop(self, index):
            found = super().pop(index)
            return found() if callable(found) else found

    pages = [page_of([line("a", 5)], behind(5)), page_of([line("b", 6)], behind(6))]
    asked = replace(run(*pages), rows_expected={"transaction_lines": 3})
    asked.client._session.get_adapter(BASE).answers = Looking([*pages, look])
    load_endpoint(asked, LINES)
    assert set(seen) <= {(1, 3, "running", True), (2, 3, "running", True)}
    assert connection.execute("select rows_read, outcome, seconds >= 0 from exact_ops.loads").fetchone() == (
        *(3, "succeeded", True),
    )


def test_an_administration_under_a_new_code_keeps_its_id_and_is_read_in_full(
    run, stored, connection, administration_id
):
    load_endpoint(run(page_of([account("a", 500), account("b", 600)])), GL_ACCOUNTS)
    registry.reselect(connection, administration_id, {"Code": 88, "Description": "Demo 88", "Currency": "EUR"})
    (found,) = registry.administrations(connection)
    assert (found.administration_id, found.division_code, found.name) == (administration_id, 88, "Demo 88")
    assert found.dag_id == "exact_online_nl_88"
    reread = run(page_of([account("b", 3), account("c", 4)]))
    load_endpoint(reread, GL_ACCOUNTS)
    assert set(stored("gl_accounts")) == {"b", "c"}


def test_a_code_that_another_administration_has_is_refused(connection, integration_id, administration_id):
    registry.select_administrations(connection, integration_id, "nl", [{"Code": 88, "Description": "Other"}])
    with pytest.raises(ConfigError, match="88 is already connected as Other"):
        registry.reselect(connection, administration_id, {"Code": 88, "Description": "Demo"})
    assert [each.division_code for each in registry.administrations(connection)] == [77, 88]


def test_rights_are_asked_once_per_data_set_and_the_remedy_names_exacts_menus(run):
    from exact_online.rights import check_rights

    answers = [right(), right(), Answer(403, b""), right(False), right(), right()]
    asked = run(*answers)
    found = check_rights(asked.client)
    assert [each.data_set for each in found] == list(catalogue.DATA_SETS)
    assert [each.is_granted for each in found] == [True, True, False, False, True, True]
    assert [each.data_set for each in found if each.is_required] == [
        *("general_ledger", "chart_of_accounts", "fiscal_periods"),
    ]
    assert found[2].remedy == "in Exact: user name > Users > the user > Roles: Financial > View cost centres; " + (
        "Projects > View projects"
    )
    assert found[0].remedy == ""
    assert len(asked.exact.calls) == 6


def test_what_exact_refused_a_run_is_said_with_the_menu_that_gives_it(run, connection, administration_id):
    refused = run(Answer(403, b""))
    load_endpoint(refused, COST_CENTERS)
    left_out = load_log.left_out_in_run(connection, administration_id, "run-1")
    assert left_out == {"analytical_axes": ["cost_centers"]}
    assert load_log.left_out_in_run(connection, administration_id, "run-2") == {}
    assert rights.in_words(left_out) == (
        "without cost_centers, which Exact refuses this user. If you want them, give the right in Exact: "
        "user name > Users > the user > Roles: Financial > View cost centres; Projects > View projects, or the module"
    )
    assert rights.in_words({}) is None


@pytest.mark.parametrize(
    ("lines", "left", "words"),
    [
        # 12 pages of lines + 1,900 balances in 32 pages of 60 + 37 other endpoints at 1.5 calls
        (11_400, 5000, "about 100 calls, 2 minutes, 2 % of a day's budget"),
        # 2,000 + 333,334 balances in 5,556 pages + 56
        (2_000_000, 5000, "about 7,612 calls, 127 minutes, 152 % of a day's budget; goes on by itself on 1 more day"),
        (0, 5000, "about 56 calls, 1 minute, 1 % of a day's budget"),
        (11_400, 99, "about 100 calls, 2 minutes, 2 % of a day's budget; goes on by itself on 1 more day"),
    ],
)
def test_a_quote_says_calls_minutes_and_share_of_the_day_for_one_call(run, lines, left, words):
    from exact_online.quote import quote

    asked = run(Answer(200, b'{"d":{"__count":"%d","results":[]}}' % lines))
    assert str(quote(asked.client, left)) == words
    assert len(asked.exact.calls) == 1
    assert "$top=1&$inlinecount=allpages" in asked.exact.urls[0]


def test_where_exact_does_not_count_its_balances_do(run):
    from exact_online.quote import count_lines

    balances = page_of([{"ID": "1", "Count": 40}, {"ID": "2", "Count": 2}])
    assert count_lines(run(page_of([line("a", 1)]), balances).client) == 42
    assert count_lines(run(Answer(400, b""), balances).client) == 42


def test_a_refused_reload_is_a_refusal(run):
    with pytest.raises(RequestRejected):
        reload_period(run(Answer(403, b"")), LINES, 2026, 1)
