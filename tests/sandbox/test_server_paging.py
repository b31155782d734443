"""Pages: every row once and none lost, whatever the size, the order and the options."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from tests.sandbox.serving import ACCOUNTS, JOURNALS, LINES, MAIN, guid, line, serving, tiny_books

SYNC = f"{MAIN}/{LINES}?$select=ID,Timestamp"


def ids(pages):
    return [row["ID"] for page in pages for row in page]


@pytest.mark.parametrize(
    ("rows", "sizes"),
    [(0, [0]), (1, [1]), (999, [999]), (1000, [1000]), (1001, [1000, 1]), (2500, [1000, 1000, 500])],
    ids=lambda value: str(value) if isinstance(value, int) else "",
)
def test_all_rows_of_a_sync_endpoint_come_in_order_of_their_version(tmp_path, disk_writes, rows, sizes):
    with serving(tmp_path, [tiny_books(MAIN, lines=rows)]) as exact:
        exact.connect()
        pages = exact.pages(SYNC)
    assert [len(page) for page in pages] == sizes
    assert ids(pages) == [guid(number) for number in reversed(range(rows))]


@pytest.mark.parametrize(("rows", "sizes"), [(0, [0]), (60, [60]), (61, [60, 1]), (150, [60, 60, 30])])
def test_ordinary_endpoints_send_sixty_rows_a_page(tmp_path, disk_writes, rows, sizes):
    with serving(tmp_path, [tiny_books(MAIN, journals=rows)]) as exact:
        exact.connect()
        pages = exact.pages(f"{MAIN}/{JOURNALS}?$select=ID")
    assert [len(page) for page in pages] == sizes
    assert ids(pages) == [guid(number) for number in range(rows)]


@pytest.fixture
def many(tmp_path, disk_writes):
    with serving(tmp_path, [tiny_books(MAIN, lines=2500, journals=150)]) as exact:
        exact.connect()
        yield exact


def test_bulk_sends_a_thousand_rows_a_page_in_order_of_the_key(many):
    pages = many.pages(f"{MAIN}/bulk/Financial/TransactionLines?$select=AmountDC")
    assert [len(page) for page in pages] == [1000, 1000, 500]
    assert ids(pages) == [guid(number) for number in range(2500)]


def test_a_filter_stays_in_force_on_every_page(many):
    pages = many.pages(f"{SYNC}&$filter=Timestamp gt 5000000010L")
    assert ids(pages) == [guid(number) for number in reversed(range(2499))]


def test_next_link_is_absolute_on_the_clients_host_and_keeps_the_options(many):
    link = many.get(f"{SYNC}&$filter=Timestamp gt 1L", Host="exact.example:81").json()["d"]["__next"]
    parts = urlsplit(link)
    assert (parts.scheme, parts.netloc, parts.path) == ("http", "exact.example:81", f"/api/v1/{MAIN}/{LINES}")
    assert parse_qs(parts.query) == {
        "$select": ["ID,Timestamp"],
        "$filter": ["Timestamp gt 1L"],
        "$skiptoken": ["5000010000L"],
    }


def test_ties_in_the_order_lose_no_row(many):
    pages = many.pages(f"{MAIN}/{JOURNALS}?$select=ID,Description&$orderby=Description")
    expected = sorted(range(150), key=lambda number: (number % 7, number))
    assert ids(pages) == [guid(number) for number in expected]


def test_descending_order_runs_through_every_page(many):
    pages = many.pages(f"{MAIN}/{JOURNALS}?$select=ID&$orderby=Description desc")
    expected = sorted(range(150), key=lambda number: (-(number % 7), number))
    assert ids(pages) == [guid(number) for number in expected]


def test_order_by_a_field_without_values_still_pages_by_key(many):
    pages = many.pages(f"{MAIN}/{JOURNALS}?$select=ID&$orderby=BankName asc")
    assert ids(pages) == [guid(number) for number in range(150)]


def test_top_beyond_a_page_travels_on_less_what_was_sent(many):
    first = many.get(f"{MAIN}/{JOURNALS}?$select=ID&$top=100").json()["d"]
    assert len(first["results"]) == 60
    assert parse_qs(urlsplit(first["__next"]).query)["$top"] == ["40"]
    second = many.get(first["__next"]).json()["d"]
    assert [row["ID"] for row in second] == [guid(number) for number in range(60, 100)]


def test_skip_leaves_rows_out_once_and_not_again_on_the_next_page(many):
    pages = many.pages(f"{MAIN}/{JOURNALS}?$select=ID&$skip=10")
    assert ids(pages) == [guid(number) for number in range(10, 150)]


def test_inlinecount_tells_the_whole_result_as_text_whatever_the_page(many):
    inner = many.get(f"{MAIN}/{JOURNALS}?$inlinecount=allpages&$filter=Description eq 'J 1'&$top=2").json()["d"]
    assert (inner["__count"], len(inner["results"])) == ("22", 2)


def test_a_row_deleted_between_two_pages_costs_no_other_row(many):
    first = many.get(f"{MAIN}/{JOURNALS}?$select=ID").json()["d"]
    tables = many.sandbox.world.tables[MAIN]
    del tables.administration.tables[JOURNALS][guid(59)]
    tables.forget()
    rest = many.pages(first["__next"])
    assert ids(rest) == [guid(number) for number in range(60, 150)]


def test_rows_booked_between_two_pages_come_at_the_end_of_a_sync_stream(many):
    first = many.get(SYNC).json()["d"]
    tables = many.sandbox.world.tables[MAIN]
    tables.administration.tables[LINES][guid(9999)] = line(MAIN, 9999) | {"Timestamp": 6_000_000_000}
    tables.forget()
    rest = ids(many.pages(first["__next"]))
    assert rest == [guid(number) for number in reversed(range(1500))] + [guid(9999)]


def test_advance_shows_new_rows_to_whoever_asks_next(many):
    before = ids(many.pages(f"{MAIN}/{ACCOUNTS}?$select=ID"))
    many.control("advance", steps=2)
    assert ids(many.pages(f"{MAIN}/{ACCOUNTS}?$select=ID")) == [*before, guid(901), guid(902)]


@pytest.mark.parametrize("token", ["'x'", "1L,2L", "guid'zz'", "1L,", ",", "datetime'2026-01-01T00:00:00'"])
def test_a_skiptoken_of_the_wrong_form_is_refused(connected, token):
    assert connected.get(f"{SYNC}&$skiptoken={token}").status_code == 400
