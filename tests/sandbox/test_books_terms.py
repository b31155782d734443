"""Payment terms tie to the control accounts at every date, and show every situation of an outstanding item."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, timedelta
from decimal import Decimal

import pytest

from sandbox.books import Administration
from tests.sandbox.books import CODES, DEFAULT_SIZED, LINES, TERMS, TODAY, ZERO, default_books, month_ends, rows

RECEIPT, PAYMENT, MATCHED = 20, 22, 50
OUTSIDE = (80, 82)
CLOSING_PAIR = (327, 328)


def control_accounts(books: Administration, account_type: int) -> set[str]:
    return {row["ID"] for row in rows(books, "sync/Financial/GLAccounts") if row["Type"] == account_type}


def open_on(books: Administration, line_type: int, day: date) -> Decimal:
    """Ledger-signed open amount, by the consumer's rule: size of the term, sign of the transaction."""
    lines = books.tables[LINES]
    total = ZERO
    for term in rows(books, TERMS):
        if (
            term["LineType"] == line_type
            and term["InvoiceDate"] <= day
            and (term["EndDate"] is None or term["EndDate"] > day)
        ):
            origin = term["TransactionAmountDC"]
            origin = lines[term["TransactionID"]]["AmountDC"] if origin is None else origin
            total += abs(term["AmountDC"]) * (1 if origin > 0 else -1)
    return total


def control_on(books: Administration, account_type: int, day: date) -> tuple[Decimal, Decimal]:
    """Balance of the control accounts and, of it, the lines outside the open items."""
    accounts = control_accounts(books, account_type)
    with_term = {term["TransactionID"] for term in rows(books, TERMS)}
    balance = outside = ZERO
    for line in rows(books, LINES):
        if line["GLAccount"] in accounts and line["Date"] <= day:
            balance += line["AmountDC"]
            if line["Type"] in OUTSIDE or line["ID"] not in with_term:
                outside += line["AmountDC"]
    return balance, outside


def sampled_days(books: Administration) -> list[date]:
    """Six month ends spread over the books with two year ends among them, the middle of a January, and today."""
    first = min(line["Date"] for line in rows(books, LINES))
    ends = month_ends(first, TODAY)
    year_ends = [day for day in ends if day.month == 12][-2:]
    return [ends[0], ends[len(ends) // 3], ends[len(ends) // 2], ends[-1], *year_ends, date(TODAY.year, 1, 15), TODAY]


@pytest.mark.parametrize("side", [RECEIPT, PAYMENT], ids=["receivables", "payables"])
@pytest.mark.parametrize("code", CODES)
def test_open_terms_and_named_exceptions_equal_the_control_accounts_at_any_date(code, side):
    books = default_books()[code]
    differences = {}
    for day in sampled_days(books):
        balance, outside = control_on(books, side, day)
        difference = balance - outside - open_on(books, side, day)
        if difference:
            differences[day] = difference

    assert differences == {}


def test_revaluations_stand_on_the_control_account_over_a_year_end_without_a_term():
    for code in CODES:
        books = default_books()[code]
        accounts = control_accounts(books, RECEIPT)
        types = {line["Type"] for line in rows(books, LINES) if line["GLAccount"] in accounts}
        assert set(OUTSIDE) <= types


@pytest.mark.parametrize("code", CODES)
def test_parts_of_a_term_add_up_to_the_line_they_came_from(code):
    books = default_books()[code]
    parts = defaultdict(lambda: ZERO)
    entry_ids = defaultdict(list)
    for term in rows(books, TERMS):
        parts[term["TransactionID"]] += term["AmountDC"]
        entry_ids[term["TransactionID"]].append(term["EntryID"])

    assert {key: total for key, total in parts.items() if -books.tables[LINES][key]["AmountDC"] != total} == {}
    assert all(len(ids) == len(set(ids)) for ids in entry_ids.values())
    assert max(len(ids) for ids in entry_ids.values()) >= 2


@pytest.mark.parametrize("code", CODES)
def test_terms_point_to_the_control_line_of_their_entry(code):
    books = default_books()[code]
    for term in rows(books, TERMS):
        line = books.tables[LINES][term["TransactionID"]]
        assert term["TransactionEntryID"] == line["EntryID"]
        assert term["EntryID"] != line["EntryID"]
        assert line["GLAccount"] in control_accounts(books, term["LineType"])
        assert (term["InvoiceDate"], term["Journal"], term["EntryNumber"]) == (
            line["Date"],
            line["JournalCode"],
            line["EntryNumber"],
        )
        assert term["TransactionAmountDC"] in (None, line["AmountDC"])


@pytest.mark.parametrize("code", CODES)
def test_matched_terms_end_on_a_day_in_a_period_and_open_ones_do_not(code):
    periods = rows(default_books()[code], "financial/FinancialPeriods")
    for term in rows(default_books()[code], TERMS):
        ended = term["EndDate"]
        assert (term["Status"] == MATCHED) == (ended is not None) == bool(term["IsFullyPaid"])
        if ended:
            period = next(row for row in periods if row["StartDate"] <= ended <= row["EndDate"])
            assert (term["EndYear"], term["EndPeriod"]) == (period["FinYear"], period["FinPeriod"])
            assert ended >= term["InvoiceDate"]


@pytest.mark.parametrize("code", CODES)
def test_signs_are_the_opposite_of_the_ledger_on_both_sides(code):
    books = default_books()[code]
    invoices = [
        term for term in rows(books, TERMS) if term["TransactionType"] in (20, 30) and term["TransactionAmountDC"]
    ]

    assert {term["LineType"] for term in invoices} == {RECEIPT, PAYMENT}
    for term in invoices:
        assert term["AmountDC"] * term["TransactionAmountDC"] < 0
        assert (term["AmountDC"] < 0) == (term["LineType"] == RECEIPT)


def test_every_situation_of_an_outstanding_item_occurs():
    seen = {code: situations(default_books()[code]) for code in CODES}
    expected = {
        "open", "selected", "sent", "matched", "split part matched, rest open", "credit note",
        "unmatched cash received",
        "prepaid to supplier", "foreign currency", "amount only on the ledger line", "discount", "opening item",
        "over 90 days",
        "written off", "selected for collection",
    }  # fmt: skip

    for code in DEFAULT_SIZED:
        assert expected - seen[code] == set(), code
    assert len(expected & seen[1000005]) >= 10


def situations(books: Administration) -> set[str]:
    terms = rows(books, TERMS)
    parts = defaultdict(set)
    for term in terms:
        parts[term["TransactionID"]].add(term["Status"] == MATCHED)
    found = {{20: "open", 30: "selected", 40: "sent", 50: "matched"}[term["Status"]] for term in terms}
    for term in terms:
        is_open, cash = term["Status"] < MATCHED, term["YourRef"] is None and term["TransactionType"] == 40
        checks = {
            "split part matched, rest open": parts[term["TransactionID"]] == {True, False},
            "credit note": term["TransactionType"] in (21, 31),
            "unmatched cash received": is_open and cash and term["LineType"] == RECEIPT and term["AmountDC"] > 0,
            "prepaid to supplier": cash and term["LineType"] == PAYMENT and term["AmountDC"] < 0,
            "foreign currency": term["Currency"] != books.division["Currency"],
            "amount only on the ledger line": term["TransactionAmountDC"] is None,
            "discount": bool(term["AmountDiscountDC"]),
            "opening item": term["TransactionType"] == 10,
            "over 90 days": is_open and term["InvoiceDate"] < TODAY - timedelta(days=90),
            "written off": term["TransactionType"] == 90,
            "selected for collection": term["Status"] == 30 and term["ReceivableSelected"] is not None,
        }
        found |= {name for name, holds in checks.items() if holds}
    return found


def test_regenerated_terms_appear_once_and_their_old_ids_in_the_delete_log():
    for code in CODES:
        books = default_books()[code]
        gone = {row["EntityKey"] for row in rows(books, "sync/Deleted") if row["EntityType"] == 10}
        assert len(gone) >= 3
        assert not gone & set(books.tables[TERMS])
        assert max(Counter(term["ID"] for term in rows(books, TERMS)).values()) == 1
