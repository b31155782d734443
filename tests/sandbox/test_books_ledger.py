"""Double entry, currencies and numbers of the sandbox's ledger."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import pytest

from sandbox.books import ledger
from sandbox.books.rows import schema
from tests.sandbox.books import (
    CODES,
    DEFAULT_SIZED,
    LINES,
    TERMS,
    TODAY,
    ZERO,
    default_books,
    entry_sums,
    fresh_small,
    rows,
    small_books,
)

CENT = Decimal("0.01")


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("books", [default_books, small_books], ids=["default", "small"])
def test_every_entry_sums_to_zero(books, code):
    sums = entry_sums(books()[code])

    assert sums
    assert {entry: total for entry, total in sums.items() if total} == {}


def test_ledger_refuses_an_unbalanced_entry():
    book = fresh_small(1000002)._book
    entry = ledger.Entry("90", TODAY, 90, "off by a cent")
    entry.add(book.account("audit"), 100)
    entry.add(book.account("accrued"), -99)
    before = len(book.store.table(LINES))

    with pytest.raises(ledger.UnbalancedEntry, match=r"0\.01"):
        book.ledger.post(entry)

    assert len(book.store.table(LINES)) == before


@pytest.mark.parametrize("code", CODES)
def test_amounts_have_two_decimals_and_follow_from_their_rate(code):
    wrong = []
    for line in rows(default_books()[code], LINES):
        translated = (line["AmountFC"] * line["ExchangeRate"]).quantize(CENT, rounding=ROUND_HALF_UP)
        if translated != line["AmountDC"] or line["AmountDC"].as_tuple().exponent != -2:
            wrong.append((line["Type"], line["AmountDC"], line["AmountFC"], line["ExchangeRate"]))

    assert wrong == []


@pytest.mark.parametrize("code", CODES)
def test_lines_in_own_currency_have_rate_one_and_foreign_ones_exist(code):
    books = default_books()[code]
    own = books.division["Currency"]
    foreign = [line for line in rows(books, LINES) if line["Currency"] != own]

    assert len({line["Currency"] for line in foreign}) == 2
    assert all(line["ExchangeRate"] == 1 for line in rows(books, LINES) if line["Currency"] == own)
    assert any(line["ExchangeRate"] != 1 for line in foreign)


@pytest.mark.parametrize("code", DEFAULT_SIZED)
def test_default_books_reach_the_promised_size(code):
    books = default_books()[code]
    terms = rows(books, TERMS)
    complete_years = {
        row["FinYear"] for row in rows(books, "financial/FinancialPeriods") if row["FinYear"] < TODAY.year
    }

    assert len(complete_years) >= 3
    assert len(books.tables[LINES]) >= 10_000
    assert len(books.tables["sync/Financial/GLAccounts"]) >= 150
    assert len(terms) >= 1_000
    assert len(books.tables["assets/Assets"]) >= 30


@pytest.mark.parametrize("code", CODES)
def test_header_and_vat_lines_carry_the_documented_numbers(code):
    accounts = {row["ID"]: row for row in rows(default_books()[code], "sync/Financial/GLAccounts")}
    by_entry = defaultdict(list)
    for line in rows(default_books()[code], LINES):
        by_entry[line["EntryID"]].append(line)

    for lines in by_entry.values():
        numbers = [line["LineNumber"] for line in lines]
        assert len(numbers) == len(set(numbers))
        if lines[0]["Type"] in (20, 21, 30, 31, 40):
            header = next(line for line in lines if line["LineNumber"] == 0)
            assert accounts[header["GLAccount"]]["Type"] in (10, 12, 20, 22)
        for line in lines:
            assert line["LineNumber"] < 9000 or accounts[line["GLAccount"]]["Type"] == 24


@pytest.mark.parametrize("code", CODES)
def test_every_row_has_exactly_the_fields_of_the_schema(code):
    for path, table in default_books()[code].tables.items():
        fields = {name for name, kind in schema()[path]["fields"].items() if kind not in ("Collection", "Binary")}
        for key, row in table.items():
            assert set(row) == fields, f"{path} {key}"


@pytest.mark.parametrize("code", CODES)
def test_timestamps_are_unique_across_tables_and_above_32_bits(code):
    stamps = [
        row["Timestamp"]
        for table in default_books()[code].tables.values()
        for row in table.values()
        if "Timestamp" in row
    ]

    assert len(stamps) == len(set(stamps))
    assert min(stamps) > 2**31


@pytest.mark.parametrize("code", CODES)
def test_keys_of_the_tables_are_the_keys_of_their_rows(code):
    for path, table in default_books()[code].tables.items():
        for key, row in table.items():
            assert key == "|".join(str(row[name]) for name in schema()[path]["key"]), path


@pytest.mark.parametrize("code", CODES)
def test_nothing_is_booked_after_today(code):
    assert max(line["Date"] for line in rows(default_books()[code], LINES)) <= TODAY


@pytest.mark.parametrize("today", [date(2027, 1, 5), date(2026, 2, 28), date(2024, 2, 29)], ids=str)
def test_books_can_be_built_for_any_day(today):
    from sandbox.books import build_books

    for books in build_books(3, "small", today):
        assert {total for total in entry_sums(books).values()} == {ZERO}
        assert max(line["Date"] for line in rows(books, LINES)) <= today
