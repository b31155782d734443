"""The books' own statement of themselves: figures a copy of the data must reproduce.

Computed in plain loops over the live rows, apart from `control_totals.py` so that one cannot hide the other's mistake.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from sandbox.books import reports
from sandbox.books.assets import ASSETS, GROUPS, Register
from sandbox.books.book import Book
from sandbox.books.charts.accounts import GL_ACCOUNTS
from sandbox.books.ledger import LINES
from sandbox.books.rows import Row
from sandbox.books.terms import TERMS

BUDGET_TYPE = 3000
ZERO = Decimal("0.00")


def state(book: Book, register: Register, today: date) -> dict[str, Any]:
    """State counts and totals, ready for JSON."""
    lines = list(book.store.table(LINES).values())
    by_period = _by_period(lines)
    return {
        "administration": book.profile.code,
        "currency": book.profile.currency,
        "row_counts": {path: len(rows) for path, rows in sorted(book.store.tables.items())},
        "lines": len(lines),
        "lines_without_budget": sum(line["Type"] != BUDGET_TYPE for line in lines),
        "entries": len({line["EntryID"] for line in lines}),
        "accounts": len(book.store.table(GL_ACCOUNTS)),
        "accounts_with_lines": len({line["GLAccount"] for line in lines}),
        "sum_of_lines": str(sum((line["AmountDC"] for line in lines), ZERO)),
        "by_period_account": {"|".join(map(str, key)): str(total) for key, total in sorted(by_period.items())},
        "trial_balances": _trial_balances(lines),
        "open_items": {"receivable": _open(book, 20, today), "payable": _open(book, 22, today)},
        "control_accounts": {
            "receivable": _control(book, lines, 20, today),
            "payable": _control(book, lines, 22, today),
        },
        "assets": _assets(book, lines),
        "reports": reports.state(book, register, today),
    }


def _by_period(lines: list[Row]) -> dict[tuple[int, int, str], Decimal]:
    totals: dict[tuple[int, int, str], Decimal] = {}
    for line in lines:
        key = (line["FinancialYear"], line["FinancialPeriod"], line["GLAccountCode"])
        totals[key] = totals.get(key, ZERO) + line["AmountDC"]
    return totals


def _trial_balances(lines: list[Row]) -> dict[str, dict[str, str]]:
    """Balance of every account at the end of each year: everything up to it, without budget lines and 327/328."""
    years = sorted({line["FinancialYear"] for line in lines})
    result = {}
    for year in years:
        totals: dict[str, Decimal] = {}
        for line in lines:
            if line["FinancialYear"] <= year and line["Type"] not in (BUDGET_TYPE, 327, 328):
                totals[line["GLAccountCode"]] = totals.get(line["GLAccountCode"], ZERO) + line["AmountDC"]
        result[str(year)] = {code: str(total) for code, total in sorted(totals.items())}
    return result


def _open(book: Book, line_type: int, day: date) -> dict[str, Any]:
    """Open at a day as the ledger signs it for receivables, reversed for payables: positive is owed to us, by us."""
    amount, count = ZERO, 0
    for term in book.store.table(TERMS).values():
        if term["LineType"] != line_type or term["InvoiceDate"] > day:
            continue
        if term["EndDate"] is None or term["EndDate"] > day:
            amount += -term["AmountDC"] if line_type == 20 else term["AmountDC"]
            count += 1
    return {"amount": str(amount), "terms": count}


def _control(book: Book, lines: list[Row], account_type: int, day: date) -> dict[str, str]:
    """Balance of the control accounts at a day, and the lines that stand outside the open items."""
    accounts = {account.id for account in book.chart.accounts if account.type == account_type}
    with_term = {term["TransactionID"] for term in book.store.table(TERMS).values()}
    balance = differences = without_term = ZERO
    for line in lines:
        if line["GLAccount"] not in accounts or line["Date"] > day or line["Type"] in (BUDGET_TYPE, 327, 328):
            continue
        balance += line["AmountDC"]
        if line["Type"] in (80, 82):
            differences += line["AmountDC"]
        elif line["ID"] not in with_term:
            without_term += line["AmountDC"]
    return {"balance": str(balance), "differences": str(differences), "without_term": str(without_term)}


def _assets(book: Book, lines: list[Row]) -> dict[str, Any]:
    """Book value per asset: ledger lines on its group's accounts, plus what only the card knows."""
    groups = {row["ID"]: row for row in book.store.table(GROUPS).values()}
    cards = {row["ID"]: row for row in book.store.table(ASSETS).values()}
    values = dict.fromkeys(cards, ZERO)
    has_cost: set[str] = set()
    has_taken_over: set[str] = set()
    for line in lines:
        card = cards.get(line["Asset"] or "")
        if card is None:
            continue
        cost, accumulated = f"{card['Code']}c", f"{card['Code']}a"
        part = reports.part_of(groups.values(), line["GLAccount"])
        if part:
            values[card["ID"]] += line["AmountDC"]
            if part == "cost":
                has_cost.add(cost)
            if part == "accumulated" and line["Type"] == 10:
                has_taken_over.add(accumulated)
    for card in cards.values():
        in_use = card["GLTransactionLine"] or card["AlreadyDepreciated"]
        if f"{card['Code']}c" not in has_cost and in_use:
            values[card["ID"]] += card["InvestmentAmountDC"]
        if card["AlreadyDepreciated"] and f"{card['Code']}a" not in has_taken_over:
            values[card["ID"]] -= card["DepreciatedAmount"]
    book_values = {cards[key]["Code"]: str(value) for key, value in values.items()}
    return {"book_values": book_values, "total": str(sum(values.values(), ZERO)), "count": len(cards)}
