"""The recipes on a real PostgreSQL: complete sets of rows, watermarks, deletions, and what a failure leaves."""

from __future__ import annotations

import pytest

from exact_online import catalogue
from exact_online.errors import AdministrationUnavailable, DataContractError, RequestRejected, TransientApiError
from exact_online.extract import load_endpoint
from tests.fakes import Answer
from tests.integration.conftest import BASE, behind, page_of, right

pytestmark = pytest.mark.integration
GL_ACCOUNTS = catalogue.endpoints()["gl_accounts"]
COST_CENTERS = catalogue.endpoints()["cost_centers"]
DELETIONS = catalogue.endpoints()["deletions"]
#: A link that says nothing of the order.
NEXT = f"{BASE}/api/v1/77/x?$skiptoken=guid'1'"


def account(id_, timestamp, **fields):
    return {"Timestamp": str(timestamp), "ID": id_, "Division": 77, **fields}


def center(id_, **fields):
    return {"ID": id_, "Division": 77, **fields}


def deletion(id_, timestamp, key, type_):
    return {"Timestamp": str(timestamp), "ID": id_, "EntityKey": key, "EntityType": type_, "Division": 77}


def watermark(connection, endpoint):
    found = connection.execute("select watermark from exact_ops.watermarks where endpoint = %s", (endpoint,)).fetchone()
    return found and found[0]


def log_rows(connection):
    return connection.execute(
        "select endpoint, outcome, pages, calls, rows_read, rows_inserted, rows_updated, rows_deleted, rows_unchanged, "
        "watermark_from, watermark_to, error_class from exact_ops.loads order by load_id"
    ).fetchall()


def test_a_stream_is_stored_whole_and_goes_on_from_its_watermark(run, stored, connection):
    first = run(page_of([account("a", 5), account("b", 7)], NEXT), page_of([account("c", 9, Code="4000 ")]))
    load_endpoint(first, GL_ACCOUNTS)
    assert set(stored("gl_accounts")) == {"a", "b", "c"}
    assert stored("gl_accounts")["c"]["Code"] == "4000 "
    assert "Timestamp%20gt%200L" in first.exact.urls[0]
    assert watermark(connection, "gl_accounts") == 9

    second = run(page_of([account("b", 11, Code="new")]))
    load_endpoint(second, GL_ACCOUNTS)
    assert "Timestamp%20gt%209L" in second.exact.urls[0]
    assert stored("gl_accounts")["b"]["Code"] == "new"
    assert log_rows(connection) == [
        ("gl_accounts", "succeeded", 2, 2, 3, 3, 0, 0, 0, None, 9, None),
        ("gl_accounts", "succeeded", 1, 1, 1, 0, 1, 0, 0, 9, 11, None),
    ]


def test_the_row_is_kept_to_the_letter(run, connection):
    body = b'{"d":{"results":[{"Timestamp": "5",  "ID":"a","Amount":0.10,"New":{"x":1e2},"T":"\\u00e9"}]}}'
    load_endpoint(run(Answer(200, body)), GL_ACCOUNTS)
    (text,) = connection.execute("select payload::text from exact_raw.gl_accounts").fetchone()
    assert text == '{"Timestamp": "5",  "ID":"a","Amount":0.10,"New":{"x":1e2},"T":"\\u00e9"}'


def test_the_highest_version_of_an_id_wins_within_and_across_pages(run, stored, connection):
    pages = (
        page_of([account("a", 9, Code="new"), account("a", 4, Code="old")], NEXT),
        page_of([account("a", 6, Code="older"), account("b", 3)]),
    )
    load_endpoint(run(*pages), GL_ACCOUNTS)
    assert {id_: row.get("Code") for id_, row in stored("gl_accounts").items()} == {"a": "new", "b": None}
    assert watermark(connection, "gl_accounts") == 9


def test_a_proven_stream_that_breaks_goes_on_behind_its_watermark(run, stored, connection):
    answers = (page_of([account("a", 5)], behind(5)), *[Answer(503)] * 4)
    with pytest.raises(TransientApiError):
        load_endpoint(run(*answers), GL_ACCOUNTS)
    assert set(stored("gl_accounts")) == {"a"}
    assert watermark(connection, "gl_accounts") == 5
    resumed = run(page_of([account("b", 6)]))
    load_endpoint(resumed, GL_ACCOUNTS)
    assert "Timestamp%20gt%205L" in resumed.exact.urls[0]
    assert set(stored("gl_accounts")) == {"a", "b"}
    assert [row[1] for row in log_rows(connection)] == ["failed", "succeeded"]
    assert log_rows(connection)[0][-1] == "TransientApiError"


@pytest.mark.parametrize("versions", [pytest.param((5, 6), id="in order"), pytest.param((6, 5), id="out of order")])
def test_a_stream_that_proves_nothing_goes_on_with_its_link(run, stored, connection, versions):
    first, second = versions
    with pytest.raises(TransientApiError):
        load_endpoint(run(page_of([account("a", first)], NEXT), *[Answer(503)] * 4), GL_ACCOUNTS)
    assert watermark(connection, "gl_accounts") is None, "a lower row may still be to come"
    resumed = run(page_of([account("b", second)]))
    load_endpoint(resumed, GL_ACCOUNTS)
    assert resumed.exact.urls == [NEXT]
    assert set(stored("gl_accounts")) == {"a", "b"}
    assert watermark(connection, "gl_accounts") == 6
    again = run(page_of([]))
    load_endpoint(again, GL_ACCOUNTS)
    assert "Timestamp%20gt%206L" in again.exact.urls[0], "a pass that has ended is not gone on with"


def test_a_link_that_is_good_no_more_starts_the_pass_over(run, stored, connection):
    with pytest.raises(TransientApiError):
        load_endpoint(run(page_of([account("a", 7)], NEXT), *[Answer(503)] * 4), GL_ACCOUNTS)
    resumed = run(Answer(400, b""), page_of([account("a", 7), account("b", 5)]))
    load_endpoint(resumed, GL_ACCOUNTS)
    assert resumed.exact.urls[0] == NEXT
    assert "Timestamp%20gt%200L" in resumed.exact.urls[1]
    assert set(stored("gl_accounts")) == {"a", "b"}


def test_the_watermark_of_an_unordered_stream_hides_nothing_that_changed_meanwhile(run, connection):
    """`a` had its turn and then became version 12; `d`, version 13, came on the last page: 12 must still come."""
    pages = (page_of([account("a", 3), account("b", 9)], NEXT), page_of([account("c", 5), account("d", 13)]))
    load_endpoint(run(*pages), GL_ACCOUNTS)
    assert watermark(connection, "gl_accounts") == 9, "the highest of the first page: all up to it was there then"


def test_a_stream_that_breaks_its_own_proof_goes_back_to_what_is_certain(run, connection):
    proven = (page_of([account("a", 5)], behind(5)), page_of([account("b", 9)], behind(9)))
    with pytest.raises(TransientApiError):
        load_endpoint(run(*proven, page_of([account("c", 7)], NEXT), *[Answer(503)] * 4), GL_ACCOUNTS)
    assert watermark(connection, "gl_accounts") == 5, "also where the pass ends here"
    load_endpoint(run(page_of([account("d", 11)])), GL_ACCOUNTS)
    assert watermark(connection, "gl_accounts") == 5


@pytest.mark.parametrize(
    "row",
    [
        pytest.param({"Timestamp": "9", "ID": "x", "Division": 78}, id="row of another administration"),
        pytest.param({"Timestamp": "9", "Division": 77}, id="row without key"),
        pytest.param({"ID": "x", "Division": 77}, id="row without version"),
    ],
)
def test_nothing_of_a_page_with_a_bad_row_is_stored(run, stored, connection, row):
    with pytest.raises(DataContractError):
        load_endpoint(run(page_of([account("a", 5)], behind(5)), page_of([account("b", 6), row])), GL_ACCOUNTS)
    assert set(stored("gl_accounts")) == {"a"}
    assert watermark(connection, "gl_accounts") == 5


def test_a_snapshot_stores_changes_only_and_sweeps_what_is_gone(run, stored, connection):
    load_endpoint(run(page_of([center("a"), center("b", Code="1")], NEXT), page_of([center("c")])), COST_CENTERS)
    before = connection.execute("select id, loaded_at, load_id from exact_raw.cost_centers where id = 'a'").fetchone()
    load_endpoint(run(page_of([center("a"), center("b", Code="2"), center("d")])), COST_CENTERS)
    assert set(stored("cost_centers")) == {"a", "b", "d"}
    assert set(stored("cost_centers", live=False)) == {"c"}
    after = connection.execute("select id, loaded_at, load_id from exact_raw.cost_centers where id = 'a'").fetchone()
    assert after == before, "an unchanged row must not look new to the marts"
    assert log_rows(connection)[1][4:9] == (3, 1, 1, 1, 1)
    load_endpoint(run(page_of([center("c"), center("a"), center("b", Code="2"), center("d")])), COST_CENTERS)
    assert set(stored("cost_centers")) == {"a", "b", "c", "d"}, "what comes back is live again"


def test_a_snapshot_that_breaks_sweeps_nothing(run, stored):
    load_endpoint(run(page_of([center("a"), center("b")])), COST_CENTERS)
    with pytest.raises(TransientApiError):
        load_endpoint(run(page_of([center("a")], NEXT), *[Answer(502)] * 4), COST_CENTERS)
    assert set(stored("cost_centers")) == {"a", "b"}


@pytest.mark.parametrize(("has_right", "left"), [(False, {"a", "b"}), (True, set())])
def test_an_empty_answer_where_rows_are_known_is_believed_only_with_the_right_to_read(run, stored, has_right, left):
    load_endpoint(run(page_of([center("a"), center("b")])), COST_CENTERS)
    asked = run(page_of([]), right(has_right), page_of([]))
    load = load_endpoint(asked, COST_CENTERS)
    assert "users/UserHasRights?endpoint='hrm/Costcenters'&action='GET'" in asked.exact.urls[1]
    assert set(stored("cost_centers")) == left
    assert load.counts.rows_deleted == 2 - len(left)


def test_a_full_refresh_that_brings_nothing_is_believed_only_with_the_right_to_read(run, stored):
    load_endpoint(run(page_of([account("a", 5), account("b", 6)])), GL_ACCOUNTS)
    with pytest.raises(RequestRejected, match="no right"):
        load_endpoint(run(page_of([]), right(False), full_refresh=True), GL_ACCOUNTS)
    assert set(stored("gl_accounts")) == {"a", "b"}
    load_endpoint(run(page_of([]), right(), page_of([]), full_refresh=True), GL_ACCOUNTS)
    assert set(stored("gl_accounts")) == set()


def test_a_suspiciously_short_answer_is_looked_at_twice(run, stored):
    ids = "abcdefghij"
    load_endpoint(run(page_of([center(id_) for id_ in ids])), COST_CENTERS)
    hiccup = run(page_of([center("a")]), right(), page_of([center(id_) for id_ in ids]))
    load_endpoint(hiccup, COST_CENTERS)
    assert set(stored("cost_centers")) == set(ids)
    real = run(page_of([center("a")]), right(), page_of([center("a")]))
    assert load_endpoint(real, COST_CENTERS).counts.rows_deleted == 9
    assert set(stored("cost_centers")) == {"a"}


def test_an_endpoint_that_is_empty_from_the_start_is_told_from_one_the_user_may_not_read(run, connection):
    load_endpoint(run(page_of([]), right(False)), COST_CENTERS)
    load_endpoint(run(page_of([]), right()), COST_CENTERS)
    once = run(page_of([]))
    load_endpoint(once, COST_CENTERS)
    assert [row[1] for row in log_rows(connection)] == ["skipped", "succeeded", "succeeded"]
    assert len(once.exact.calls) == 1, "known by now"


def test_one_slice_is_swept_without_touching_the_others_even_where_exact_numbers_its_rows_alike(run, stored):
    totals = catalogue.endpoints()["reporting_balances"]
    for year, ids in ((2024, "ab"), (2025, "bc")):
        rows = [{"ID": id_, "ReportingYear": year, "Division": 77} for id_ in ids]
        load_endpoint(run(page_of(rows)), totals, str(year))
    again = run(page_of([{"ID": "c", "ReportingYear": 2025, "Division": 77}]))
    load_endpoint(again, totals, "2025")
    assert "ReportingYear%20eq%202025" in again.exact.urls[0]
    assert set(stored("reporting_balances")) == {"2024|a", "2024|b", "2025|c"}


def test_the_delete_log_marks_older_versions_of_each_type_and_keeps_unknown_types(run, stored, connection):
    load_endpoint(run(page_of([account("a", 5), account("b", 20), account("c", 6)])), GL_ACCOUNTS)
    log = [
        deletion("d1", 10, "A", 7),
        deletion("d2", 11, "b", 7),
        deletion("d3", 12, "c", 1),
        deletion("d4", 13, "z", 4711),
    ]
    load_endpoint(run(page_of(log)), DELETIONS)
    assert set(stored("gl_accounts")) == {"b", "c"}, "b has a newer version; c was deleted as another type"
    assert set(stored("gl_accounts", live=False)) == {"a"}
    assert set(stored("deletions")) == {"d1", "d2", "d3", "d4"}
    load_endpoint(run(page_of([account("a", 30)])), GL_ACCOUNTS)
    assert "a" in stored("gl_accounts"), "a newer version brings a row back"


def test_a_full_refresh_reads_from_the_beginning_mends_and_sweeps(run, stored, connection):
    load_endpoint(run(page_of([account("a", 5), account("b", 6)])), GL_ACCOUNTS)
    connection.execute("""update exact_raw.gl_accounts set payload = '{"ID":"a","damaged":1}' where id = 'a'""")
    refresh = run(page_of([account("a", 5, Code="x")]), full_refresh=True)
    load_endpoint(refresh, GL_ACCOUNTS)
    assert "Timestamp%20gt%200L" in refresh.exact.urls[0]
    assert stored("gl_accounts") == {"a": account("a", 5, Code="x")}


@pytest.mark.parametrize("status", [403, 404])
def test_an_optional_endpoint_without_right_or_module_is_skipped_and_a_required_one_fails(
    run, stored, connection, status
):
    refusal = Answer(status, b'{"error":{"message":{"value":"Forbidden"}}}')
    load_endpoint(run(page_of([center("a")])), COST_CENTERS)
    load_endpoint(run(refusal), COST_CENTERS)
    assert set(stored("cost_centers")) == {"a"}
    with pytest.raises(RequestRejected):
        load_endpoint(run(refusal), GL_ACCOUNTS)
    assert [row[1] for row in log_rows(connection)] == ["succeeded", "skipped", "failed"]


def test_a_load_stops_at_once_when_the_administration_is_disconnected(run, stored, connection):
    from exact_online import registry, removals

    stream = run(page_of([account("a", 5)]))
    removals.disconnect(connection, registry.administrations(connection), purge=False)
    with pytest.raises(AdministrationUnavailable):
        load_endpoint(stream, GL_ACCOUNTS)
    assert stored("gl_accounts") == {}


ENDPOINTS = [each for each in catalogue.endpoints().values() if each.name != "deletions"]


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.name)
def test_every_endpoint_loads_zero_one_and_many_pages_to_the_complete_set(run, stored, endpoint):
    def row(n):
        keys = {name: f"k{n}" for name in endpoint.key}
        version = {"Timestamp": str(n)} if endpoint.is_sync else {}
        return {**keys, **version, "Division": 77, "Name": f"naïve '\" \\ {n} 🙂", "Nothing": None}

    def id_of(n):
        return "|".join(str(row(n)[name]) for name in endpoint.key)

    load_endpoint(run(page_of([]), right()), endpoint)
    assert stored(endpoint.name) == {}
    load_endpoint(run(page_of([row(1), row(2)])), endpoint)
    pages = [
        page_of([row(1), row(2), row(3)] if not endpoint.is_sync else [row(3)], NEXT),
        page_of([row(n) for n in range(4, 9)], NEXT + "2"),
        Answer(429),
        page_of([row(9)]),
    ]
    refused = run(*pages)
    refused.client._budget.refused = lambda headers: TransientApiError("spent for a moment")
    load_endpoint(refused, endpoint)
    assert stored(endpoint.name) == {id_of(n): row(n) for n in range(1, 10)}
