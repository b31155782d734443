"""What reports on the books must show: cash by period, results, what was open at month ends, assets by group and year.

Computed in plain loops over the live rows, like the rest of the books' statement of themselves (`truth.py`).
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sandbox.books.assets import ASSETS, GROUPS, Register
from sandbox.books.book import Book
from sandbox.books.ledger import LINES
from sandbox.books.money import money
from sandbox.books.rows import Row
from sandbox.books.terms import RECEIPT, TERMS

BUDGET_TYPE = 3000
CLOSES_A_YEAR = range(310, 329)  # 310, 320-328
CASH_TYPES = (10, 12, 14, 16)
MONTH_ENDS = 36
ZERO = Decimal("0.00")


def state(book: Book, register: Register, today: date) -> dict[str, Any]:
    """State the figures, ready for JSON."""
    lines = [row for row in book.store.table(LINES).values() if row["Type"] != BUDGET_TYPE]
    return {
        "cash_by_period": _by_period(book, lines, lambda account: account.type in CASH_TYPES),
        "result_by_period": _by_period(book, lines, lambda account: account.balance_type == "W"),
        "open_by_date": {str(day): _open(book, day) for day in [today, *_month_ends(today)]},
        "asset_book_values": _book_values(book, lines),
        "planned_depreciation": _planned(book, register),
    }


def _by_period(book: Book, lines: list[Row], is_counted: Any) -> dict[str, str]:
    """What moved per period on some accounts; closing a year moves nothing."""
    totals: dict[str, Decimal] = {}
    for line in lines:
        if is_counted(book.chart.by_id[line["GLAccount"]]) and line["Type"] not in CLOSES_A_YEAR:
            key = f"{line['FinancialYear']}|{line['FinancialPeriod']}"
            totals[key] = totals.get(key, ZERO) + line["AmountDC"]
    return {key: str(total) for key, total in totals.items() if total}


def _month_ends(today: date) -> list[date]:
    days, first = [], today.replace(day=1)
    for _ in range(MONTH_ENDS):
        days.append(first - timedelta(days=1))
        first = days[-1].replace(day=1)
    return days


def _open(book: Book, day: date) -> dict[str, str]:
    """What customers and suppliers owed and were owed at the end of a day, as the terms know it now."""
    totals = {"receivable": ZERO, "payable": ZERO}
    for term in book.store.table(TERMS).values():
        if term["InvoiceDate"] <= day and (term["EndDate"] is None or term["EndDate"] > day):
            is_receivable = term["LineType"] == RECEIPT
            totals["receivable" if is_receivable else "payable"] += (
                -term["AmountDC"] if is_receivable else term["AmountDC"]
            )
    return {side: str(total) for side, total in totals.items()}


def part_of(groups: Any, account_id: str) -> str | None:
    """Tell which part of a book value stands on an account of the asset groups."""
    for group in groups:
        if account_id == group["GLAccountAssets"]:
            return "cost"
        if account_id == group["GLAccountDepreciationBS"]:
            return "accumulated"
        if account_id == group["GLAccountRevaluationBS"]:
            return "revaluation"
    return None


def _book_values(book: Book, lines: list[Row]) -> dict[str, str]:
    """Book value per group at the end of each year: lines that name an asset, and what only its card knows."""
    groups = list(book.store.table(GROUPS).values())
    cards = {row["ID"]: row for row in book.store.table(ASSETS).values()}
    years = sorted({line["FinancialYear"] for line in lines})
    asset_lines = [line for line in lines if line["Asset"] in cards and part_of(groups, line["GLAccount"])]
    totals: dict[str, Decimal] = {}
    for year in years:
        for line in asset_lines:
            if line["FinancialYear"] <= year:
                key = f"{cards[line['Asset']]['AssetGroupCode']}|{year}"
                totals[key] = totals.get(key, ZERO) + line["AmountDC"]
    for card in cards.values():
        own = [line for line in asset_lines if line["Asset"] == card["ID"]]
        has_cost = any(part_of(groups, line["GLAccount"]) == "cost" for line in own)
        has_taken_over = any(part_of(groups, line["GLAccount"]) == "accumulated" and line["Type"] == 10 for line in own)
        for year in years:
            key = f"{card['AssetGroupCode']}|{year}"
            if not has_cost and (card["GLTransactionLine"] or card["AlreadyDepreciated"]):
                totals[key] = totals.get(key, ZERO) + card["InvestmentAmountDC"]
            if card["AlreadyDepreciated"] and not has_taken_over:
                totals[key] = totals.get(key, ZERO) - card["DepreciatedAmount"]
    return {key: str(total) for key, total in totals.items()}


def _planned(book: Book, register: Register) -> dict[str, str]:
    """What each card's plan depreciates in the periods of the calendar. What was blocked has a plan nobody follows."""
    planned = {}
    for asset in register.assets:
        if asset.row["StartDate"] is None or asset.spec.event == "block":
            continue
        for index, period in enumerate(book.calendar.periods):
            amount = asset.amount(index)
            if amount:
                planned[f"{asset.row['Code']}|{period.year}|{period.number}"] = str(money(amount))
    return planned
