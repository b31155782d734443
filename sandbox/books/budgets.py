"""Budgets: two scenarios, amounts per account and period of the current year."""

from __future__ import annotations

from decimal import Decimal

from sandbox.books.book import Book

BUDGETS, SCENARIOS = "budget/Budgets", "beta/budget/BudgetScenarios"
BUDGETED = ("revenue_high", "revenue_services", "cogs", "wages", "audit")


def insert_budgets(book: Book) -> None:
    """Write the budget rows; revenue stands negative here, as in the ledger."""
    year, day = book.today.year, book.calendar.first_day(book.today.year)
    scenarios = [
        book.store.insert(SCENARIOS, day, {"Code": code, "Description": name, "FromYear": first, "ToYear": year})
        for code, name, first in (("BASIS", "Basisbegroting", year - 1), ("OPT", "Optimistisch 🚀", year))
    ]
    for number, role in enumerate(BUDGETED):
        account = book.account(role)
        center = book.axes.center_of(account) if number % 2 else None
        scenario = scenarios[number == 0]
        for period in book.calendar.of_year(year):
            sign = -1 if account.balance_side == "C" else 1
            book.store.insert(BUDGETS, day, {
                "AmountDC": Decimal(sign * (5_000 + number * 750 + period.number * 10)).quantize(Decimal("0.01")),
                "BudgetScenario": scenario["ID"], "BudgetScenarioCode": scenario["Code"],
                "BudgetScenarioDescription": scenario["Description"], "GLAccount": account.id,
                "GLAccountCode": account.code,
                "GLAccountDescription": account.name, "ReportingYear": year, "ReportingPeriod": period.number,
                "Costcenter": center, "CostcenterDescription": book.axes.names.get(center or ""),
                "HID": 900_000 + number * 100 + period.number, "Item": None,
            })  # fmt: skip
