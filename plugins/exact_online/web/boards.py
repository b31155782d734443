"""The four dashboards: which panels each shows, from the figures of the marts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import psycopg

from exact_online.figures import assets, coverage, outstanding, profit
from exact_online.figures.marts import Row
from exact_online.web.panels import Column, Panel, amounts, by_currency
from exact_online.web.rendering import words


@dataclass(frozen=True)
class Choice:
    """What a reader chose: which administrations, which day, year and axis."""

    administration_ids: list[int]
    as_of: date | None = None
    fiscal_year: int | None = None
    axis: str = "cost_center"


def outstanding_board(connection: psycopg.Connection, choice: Choice) -> list[Panel]:
    """Ageing, who owes most, overdue over time."""
    ids, as_of = choice.administration_ids, choice.as_of
    panels = []
    over_time = by_currency(outstanding.over_time(connection, ids, as_of))
    top = by_currency(outstanding.top(connection, ids, as_of))
    for currency, rows in by_currency(outstanding.ageing(connection, ids, as_of)).items():
        panels.append(_ageing(currency, rows))
        panels.append(_overdue(currency, over_time.get(currency, [])))
        for side, title in (("receivable", "Top debtors"), ("payable", "Top creditors")):
            found = [row for row in top.get(currency, []) if row["side"] == side]
            columns = [
                Column("relation_name", "Relation"),
                Column("administration_name", "Administration"),
                *amounts(("amount", "Open"), ("overdue_amount", "Overdue")),
                Column("days_overdue", "Days overdue at most", "number", in_chart=False),
            ]
            panels.append(Panel(f"{side}-{currency}", title, currency, columns, found, "bar"))
    return panels


def _ageing(currency: str, rows: list[Row]) -> Panel:
    buckets: dict[str, Row] = {name: {"bucket": words(name)} for name in outstanding.BUCKETS}
    for row in rows:
        buckets[row["bucket"]][row["side"]] = row["amount"]
    columns = [Column("bucket", "Due"), *amounts(("receivable", "Owed to us"), ("payable", "Owed by us"))]
    found = [{"receivable": Decimal(0), "payable": Decimal(0), **row} for row in buckets.values()]
    total = ["Total", *(sum((Decimal(row[side]) for row in found), Decimal(0)) for side in ("receivable", "payable"))]
    return Panel(f"ageing-{currency}", "Ageing by due date", currency, columns, found, "bar", total=total)


def _overdue(currency: str, rows: list[Row]) -> Panel:
    months: dict[date, Row] = {}
    for row in rows:
        month = months.setdefault(row["as_of_date"], {"as_of_date": row["as_of_date"]})
        month[row["side"]] = row["overdue_amount"]
    columns = [
        Column("as_of_date", "Month end", "day"),
        *amounts(("receivable", "Overdue, owed to us"), ("payable", "Overdue, owed by us")),
    ]
    found = [{"receivable": Decimal(0), "payable": Decimal(0), **month} for month in months.values()]
    return Panel(f"overdue-{currency}", "Overdue over time", currency, columns, found, "line")


def assets_board(connection: psycopg.Connection, choice: Choice) -> list[Panel]:
    """Book value by group beside planned and booked depreciation, then the roll-forward in full width."""
    ids, year = choice.administration_ids, choice.fiscal_year or 0
    panels = []
    depreciation = by_currency(assets.depreciation(connection, ids))
    for currency, rows in by_currency(assets.roll_forward(connection, ids, year)).items():
        book = [
            Column("asset_group", "Group"),
            *amounts(("book_opening", f"Book value, start of {year}"), ("book_closing", f"End of {year}")),
        ]
        panels.append(Panel(f"book-value-{currency}", "Book value by group", currency, book, rows, "bar"))
        plan = [
            Column("fiscal_year", "Fiscal year"),
            *amounts(("planned_amount", "Planned"), ("booked_amount", "Booked")),
        ]
        note = "Years beyond the last one Exact knows are estimated from its pattern."
        found = depreciation.get(currency, [])
        panels.append(Panel(f"depreciation-{currency}", "Depreciation", currency, plan, found, "bar", note))
        forward = [
            Column("asset_group", "Group"),
            *amounts(
                ("cost_opening", "Cost, opening"),
                ("additions", "Additions"),
                ("disposals_cost", "Disposals"),
                ("cost_closing", "Cost, closing"),
                ("accumulated_opening", "Depreciation, opening"),
                ("depreciation", "Depreciation"),
                ("disposals_accumulated", "On disposals"),
                ("accumulated_closing", "Depreciation, closing"),
                ("revaluation", "Revaluation"),
                ("book_closing", "Book value"),
            ),
        ]
        panels.append(Panel(f"roll-forward-{currency}", f"Roll-forward {year}", currency, forward, rows))
    return panels


def profit_board(connection: psycopg.Connection, choice: Choice) -> list[Panel]:
    """Result by period, the statement by line and period, result by axis member."""
    ids, year = choice.administration_ids, choice.fiscal_year or 0
    panels = []
    by_axis = by_currency(profit.by_axis(connection, ids, year, choice.axis))
    for currency, rows in by_currency(profit.by_period(connection, ids, year)).items():
        by_month, statement = _statement(currency, rows, year)
        columns = [
            Column("axis_name", words(choice.axis)),
            *amounts(("income_amount", "Income"), ("expense_amount", "Expenses"), ("result_amount", "Result")),
        ]
        found = by_axis.get(currency, [])
        title = f"Result by {words(choice.axis).lower()}"
        panels += [by_month, Panel(f"axis-{currency}", title, currency, columns, found, "bar"), statement]
    return panels


def _statement(currency: str, rows: list[Row], year: int) -> tuple[Panel, Panel]:
    """Return the result of each period, and the lines of the statement beside each other, period by period."""
    results: dict[int, Decimal] = {period: Decimal(0) for period in sorted({row["fiscal_period"] for row in rows})}
    lines: dict[str, Row] = {}
    for row in rows:
        results[row["fiscal_period"]] += row["result_amount"]
        line = lines.setdefault(row["reporting_line_code"], {"line": row["reporting_line_name"], "total": Decimal(0)})
        for column in (str(row["fiscal_period"]), "total"):
            line[column] = line.get(column, Decimal(0)) + row["report_amount"]
    columns = [Column("line", "Reporting line"), *amounts(*[(str(p), f"{p:02}") for p in results], ("total", "Year"))]
    total = ["Result", *results.values(), sum(results.values(), Decimal(0))]
    by_month = [Column("period", "Period"), *amounts(("result", "Result"))]
    months = [{"period": f"{year}-{period:02}", "result": result} for period, result in results.items()]
    lines_found = list(lines.values())
    return (
        Panel(f"result-{currency}", f"Result by month, {year}", currency, by_month, months, "bar"),
        Panel(f"statement-{currency}", f"Profit and loss {year}", currency, columns, lines_found, total=total),
    )


def coverage_board(connection: psycopg.Connection, choice: Choice) -> list[Panel]:
    """How the accounts are mapped, and which are not."""
    ids = choice.administration_ids
    panels = []
    open_accounts = by_currency(coverage.accounts(connection, ids, only_open=True, limit=100))
    for currency, rows in by_currency(coverage.by_rule(connection, ids)).items():
        found = [{**row, "mapping_rule": words(row["mapping_rule"])} for row in rows]
        columns = [
            Column("mapping_rule", "Mapped by"),
            Column("accounts", "Accounts", "number", in_chart=False),
            Column("ambiguous", "In doubt", "number", in_chart=False),
            *amounts(("movement_amount", "Movement")),
        ]
        panels.append(Panel(f"coverage-{currency}", "Mapping coverage", currency, columns, found, "bar"))
        columns = [
            Column("administration_name", "Administration"),
            Column("account_code", "Account"),
            Column("account_name", "Name"),
            *amounts(("balance_amount", "Balance"), ("movement_amount", "Movement")),
        ]
        found = open_accounts.get(currency, [])
        note = "Map them on the page Mapping." if found else "Every account with amounts is mapped without doubt."
        panels.append(Panel(f"open-{currency}", "Not mapped, or in doubt", currency, columns, found, note=note))
    return panels


BOARDS: dict[str, tuple[str, Callable[[psycopg.Connection, Choice], list[Panel]]]] = {
    "outstanding": ("Outstanding items", outstanding_board),
    "assets": ("Fixed assets", assets_board),
    "profit": ("Profit and loss", profit_board),
    "coverage": ("Mapping coverage", coverage_board),
}
