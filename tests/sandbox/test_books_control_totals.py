"""Exact's own figures agree with the rows, computed here again by other means, and stay within the call budget."""

from __future__ import annotations

import math
import random
from collections import Counter, defaultdict
from datetime import date, timedelta
from decimal import Decimal

import pytest

from sandbox.books import Administration
from sandbox.books.rows import schema
from tests.sandbox.books import (
    CODES,
    DEFAULT_SIZED,
    LINES,
    TERMS,
    TODAY,
    ZERO,
    default_books,
    derived,
    fresh_small,
    rows,
    small_books,
)

BALANCE = "financial/ReportingBalance"
DERIVED = (
    BALANCE, "openingbalance/CurrentYear/AfterEntry", "openingbalance/CurrentYear/Processed",
    "openingbalance/PreviousYear/AfterEntry", "openingbalance/PreviousYear/Processed", "read/financial/ReceivablesList",
    "read/financial/PayablesList", "read/financial/AgingReceivablesList", "read/financial/AgingPayablesList",
    "read/financial/AgingOverview", "read/financial/OutstandingInvoicesOverview", "read/financial/JournalStatusList",
)  # fmt: skip
NOT_READ = ("financial/DeductibilityPercentages", "project/ProjectClassifications")  # not part of a full load


def pages(books: Administration) -> dict[str, int]:
    """Calls of one full read; balances are asked year by year."""
    needed = {path: len(table) for path, table in books.tables.items() if path not in NOT_READ}
    result = {path: max(1, math.ceil(count / schema()[path]["page_size"])) for path, count in needed.items()}
    for path in DERIVED:
        found = derived(books.code, path)
        years = Counter(row["ReportingYear"] for row in found).values() if path == BALANCE else [len(found)]
        result[path] = sum(max(1, math.ceil(count / 60)) for count in years)
    return result


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("books", [default_books, small_books], ids=["default", "small"])
def test_reporting_balance_equals_the_lines_group_by_group(books, code):
    expected = defaultdict(lambda: [ZERO, ZERO, 0])
    for line in rows(books()[code], LINES):
        key = (line["FinancialYear"], line["FinancialPeriod"], line["GLAccount"], line["CostCenter"] or None,
               line["CostUnit"] or None, line["Type"], line["Status"])  # fmt: skip
        group = expected[key]
        group[0] += max(line["AmountDC"], ZERO)
        group[1] += max(-line["AmountDC"], ZERO)
        group[2] += 1
    found = {}
    for row in books()[code].derived(BALANCE, TODAY):
        key = (row["ReportingYear"], row["ReportingPeriod"], row["GLAccount"], row["CostCenterCode"],
            row["CostUnitCode"],
               row["Type"], row["Status"])  # fmt: skip
        assert key not in found
        assert row["Amount"] == row["AmountDebit"] - row["AmountCredit"]
        found[key] = [row["AmountDebit"], row["AmountCredit"], row["Count"]]

    assert found == expected


@pytest.mark.parametrize("code", CODES)
def test_reporting_balance_of_each_year_sums_to_zero(code):
    totals = defaultdict(lambda: ZERO)
    for row in derived(code, BALANCE):
        totals[row["ReportingYear"]] += row["Amount"]

    assert len(totals) >= 2
    assert set(totals.values()) == {ZERO}


def test_control_totals_follow_the_books_life():
    books = fresh_small(1000002)
    before = len(rows(books, LINES)), sum(row["Count"] for row in books.derived(BALANCE, TODAY))
    books.advance(1, random.Random(1))
    after = len(rows(books, LINES)), sum(row["Count"] for row in books.derived(BALANCE, TODAY))

    assert before[0] == before[1] < after[0] == after[1]


@pytest.mark.parametrize("code", CODES)
def test_one_full_read_fits_the_budget(code):
    books = default_books()[code]
    needed = pages(books)

    assert len(derived(books.code, BALANCE)) <= 3_300
    assert len(derived(books.code, "read/financial/JournalStatusList")) <= 300
    assert len(books.tables["financial/GLAccountClassificationMappings"]) <= 240
    assert sum(needed.values()) <= 110, {path: count for path, count in needed.items() if count > 1}


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize(
    ("path", "line_type", "sign"), [("Receivables", 20, -1), ("Payables", 22, 1)], ids=["ar", "ap"]
)
def test_lists_hold_the_open_terms_with_invoices_positive(code, path, line_type, sign):
    books = default_books()[code]
    open_terms = [term for term in rows(books, TERMS) if term["LineType"] == line_type and term["Status"] < 50]
    found = derived(books.code, f"read/financial/{path}List")

    assert Counter((row["Id"], row["CurrencyCode"], row["Amount"]) for row in found) == Counter(
        (term["ID"], term["Currency"], term["AmountFC"] * sign) for term in open_terms
    )
    assert len({row["HID"] for row in found}) == len(found)
    in_transit = {row["Id"] for row in found if row["AmountInTransit"]}
    assert in_transit == {term["ID"] for term in open_terms if term["Status"] == 40}
    assert any(row["Amount"] > 0 for row in found)
    if code != 1000005:
        assert any(row["Amount"] < 0 and row["YourRef"] is None for row in found) or path == "Payables"


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize(
    ("path", "line_type", "sign"), [("Receivables", 20, -1), ("Payables", 22, 1)], ids=["ar", "ap"]
)
def test_ageing_lists_divide_the_open_terms_by_days_since_invoice(code, path, line_type, sign):
    books = default_books()[code]
    limits = (30, 60, 90, 10_000)
    expected = defaultdict(lambda: [ZERO] * 4)
    for term in rows(books, TERMS):
        if term["LineType"] == line_type and term["EndDate"] is None:
            days = (TODAY - term["InvoiceDate"]).days
            group = next(position for position, limit in enumerate(limits) if days <= limit)
            expected[term["Account"]][group] += term["AmountDC"] * sign
    found = {row["AccountId"]: row for row in derived(books.code, f"read/financial/Aging{path}List")}

    assert {key: [row[f"AgeGroup{group}Amount"] for group in (1, 2, 3, 4)] for key, row in found.items()} == expected
    assert all(row["TotalAmount"] == sum(expected[key]) for key, row in found.items())


@pytest.mark.parametrize("code", CODES)
def test_overviews_total_the_lists(code):
    books = default_books()[code]
    overview = {row["AgeGroup"]: row for row in derived(books.code, "read/financial/AgingOverview")}
    invoices = derived(books.code, "read/financial/OutstandingInvoicesOverview")

    assert list(overview) == [1, 2, 3, 4]
    assert [row["CurrencyCode"] for row in invoices] == [books.division["Currency"]]
    for side, path in (("Receivable", "Receivables"), ("Payable", "Payables")):
        listed = derived(books.code, f"read/financial/Aging{path}List")
        for group in overview:
            assert overview[group][f"Amount{side}"] == sum((row[f"AgeGroup{group}Amount"] for row in listed), ZERO)
        assert invoices[0][f"Outstanding{side}InvoiceAmount"] == sum((row["TotalAmount"] for row in listed), ZERO)
        due = [row for row in derived(books.code, f"read/financial/{path}List")]
        assert invoices[0][f"Outstanding{side}InvoiceCount"] == len(due)
        assert invoices[0][f"Overdue{side}InvoiceCount"] == sum(row["DueDate"] < TODAY for row in due)


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize(("word", "year"), [("CurrentYear", 2026), ("PreviousYear", 2025)])
@pytest.mark.parametrize("view", ["AfterEntry", "Processed"])
def test_opening_balances_are_everything_before_the_year_on_balance_accounts(code, word, year, view):
    books = default_books()[code]
    expected: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for line in rows(books, LINES):
        is_counted = view == "AfterEntry" or line["Status"] == 50
        if line["FinancialYear"] < year and is_counted and line["Type"] not in (327, 328):
            expected[line["GLAccount"]] += line["AmountDC"]
    result_accounts = {row["GLAccount"] for row in derived(books.code, BALANCE) if row["BalanceType"] == "W"}
    found = {row["GLAccount"]: row["Amount"] for row in derived(books.code, f"openingbalance/{word}/{view}")}

    assert found == {key: total for key, total in expected.items() if total and key not in result_accounts}
    assert bool(found) == (code != 1000005 or year == 2026)


@pytest.mark.parametrize("code", CODES)
def test_journal_status_covers_every_journal_and_period_used_and_closes_old_ones(code):
    books = default_books()[code]
    found = {(row["Journal"], row["Year"], row["Period"]): row["Status"]
             for row in derived(books.code, "read/financial/JournalStatusList")}  # fmt: skip
    used = {(line["JournalCode"], line["FinancialYear"], line["FinancialPeriod"]) for line in rows(books, LINES)}
    last_day = {}
    for row in rows(books, "financial/FinancialPeriods"):
        last_day[row["FinYear"], row["FinPeriod"]] = row["EndDate"]
    open_ones = {key for key, status in found.items() if status == 0}
    recent = {key for key in found if last_day.get(key[1:], date(1900, 1, 1)) > TODAY - timedelta(days=50)}

    assert set(found) == used
    assert recent
    assert recent < open_ones
    assert len(open_ones - recent) == 1  # one journal was opened again


@pytest.mark.parametrize("code", DEFAULT_SIZED)
def test_truth_agrees_with_the_rows(code):
    books = default_books()[code]
    truth = books.truth(TODAY)
    lines = rows(books, LINES)

    assert truth["row_counts"] == {path: len(table) for path, table in books.tables.items()}
    assert truth["lines"] == len(lines)
    assert truth["lines"] - truth["lines_without_budget"] == 2
    assert truth["entries"] == len({line["EntryID"] for line in lines})
    assert truth["sum_of_lines"] == "0.00"
    by_period = defaultdict(lambda: ZERO)
    for row in derived(books.code, BALANCE):
        by_period[f"{row['ReportingYear']}|{row['ReportingPeriod']}|{row['GLAccountCode']}"] += row["Amount"]
    assert {key: Decimal(total) for key, total in truth["by_period_account"].items()} == by_period
    for side, path, sign in (("receivable", "Receivables", 1), ("payable", "Payables", 1)):
        listed = derived(books.code, f"read/financial/Aging{path}List")
        assert Decimal(truth["open_items"][side]["amount"]) == sign * sum((row["TotalAmount"] for row in listed), ZERO)
    for balances in truth["trial_balances"].values():
        assert sum(map(Decimal, balances.values())) == ZERO
