"""The marts on books worked out by hand: every report, row by row and cent by cent.

A cell of tests/dbt/golden/expected is a figure, and behind an equals sign how it comes about: `600.00 = 1000.00 -
400.00`. The arithmetic is checked too, so that a figure cannot have been copied from what a model gave.
"""

from __future__ import annotations

import ast
import operator
from collections import Counter
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest

from tests.dbt.golden_books import FOLDER, cells

pytestmark = pytest.mark.integration
_LINE = "join marts.dim_gl_accounts as a using (administration_id, gl_account_id)"
_RELATION = "join marts.dim_relations as r using (administration_id, relation_id)"
_ASSET = "join marts.dim_fixed_assets as a using (administration_id, asset_id)"
#: Per report: the columns that say which part of it the golden set holds whole, and the same columns from the mart.
REPORTS = {
    "trial_balance": (3, "select fiscal_year, fiscal_period, account_code, opening_amount, debit_amount, "
                         "credit_amount, movement_amount, processed_movement_amount, year_close_amount, "
                         "closing_amount from marts.rpt_trial_balance"),
    "profit_and_loss": (2, "select fiscal_year, fiscal_period, account_code, m.reporting_line_code, amount, "
                           f"report_amount, ytd_report_amount from marts.rpt_profit_and_loss as m {_LINE}"),
    "profit_and_loss_by_axis": (0, "select axis, axis_code, fiscal_year, fiscal_period, reporting_line_code, amount, "
                                   "report_amount from marts.rpt_profit_and_loss_by_axis "
                                   "where (administration_id, fiscal_year, fiscal_period) in "
                                   "((%(delta)s, 2024, 1), (%(delta)s, 2024, 3), (%(delta)s, 2024, 4), "
                                   "(%(delta)s, 2025, 4), (%(maas)s, 2025, 2))"),
    "balance_sheet": (3, "select fiscal_year, fiscal_period, row_kind, account_code, m.reporting_line_code, side, "
                         "amount, report_amount from marts.rpt_balance_sheet as m left " + _LINE),
    "cash_flow": (3, "select fiscal_year, fiscal_period, cash_flow_line_code, amount from marts.rpt_cash_flow"),
    "ageing": (2, "select as_of_date, side, relation_code, basis, bucket, amount "
                  f"from marts.rpt_outstanding_ageing {_RELATION}"),
    "outstanding_items": (2, "select as_of_date, side, relation_code, your_ref, amount, amount_fc, currency_code, "
                             "original_amount, days_overdue, days_since_invoice "
                             f"from marts.fct_outstanding_items {_RELATION}"),
    "payment_behaviour": (2, "select as_of_date, side, relation_code, open_amount, invoiced_amount, days_outstanding, "
                             f"average_days_late, paid_invoice_count from marts.rpt_payment_behaviour {_RELATION}"),
    "depreciation": (1, "select asset_code, fiscal_year, fiscal_period, planned_amount, booked_amount, book_value, "
                        f"is_estimate from marts.fct_fixed_asset_depreciation {_ASSET}"),
    "roll_forward": (1, "select asset_group, fiscal_year, cost_opening, additions, disposals_cost, cost_closing, "
                        "accumulated_opening, depreciation, disposals_accumulated, accumulated_closing, revaluation, "
                        "book_opening, book_closing from marts.rpt_fixed_asset_roll_forward"),
    "account_mapping": (1, "select account_code, axis, axis_code, m.reporting_line_code, m.mapping_rule, valid_from, "
                           f"valid_to from marts.map_gl_accounts as m {_LINE}"),
}  # fmt: skip
_OPERATORS: dict[type, Any] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.USub: operator.neg,
}  # fmt: skip


def worked_out(text: str) -> Decimal:
    """Work out a sum as written, with decimals."""

    def value(node: ast.AST) -> Decimal:
        if isinstance(node, ast.Constant):
            return Decimal(ast.get_source_segment(text, node) or "")
        if isinstance(node, ast.UnaryOp):
            return _OPERATORS[type(node.op)](value(node.operand))
        assert isinstance(node, ast.BinOp), text
        return _OPERATORS[type(node.op)](value(node.left), value(node.right))

    return value(ast.parse(text, mode="eval").body)


def figure(cell: str) -> str:
    """Return the figure of a cell, whose arithmetic must give it."""
    written, _, arithmetic = cell.partition(" = ")
    if arithmetic:
        cents = worked_out(arithmetic).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
        assert cents == Decimal(written), cell
    return written


def expected(report: str) -> list[tuple[str, ...]]:
    return [tuple(figure(cell) for cell in row.values()) for row in cells(f"expected/{report}")]


def text(value: Any) -> str:
    """Write a value as the golden set does."""
    if value is None:
        return ""
    return {True: "t", False: "f"}[value] if isinstance(value, bool) else str(value)


def test_every_report_of_the_golden_set_is_compared():
    assert {path.stem for path in (FOLDER / "expected").glob("*.csv")} == set(REPORTS)
    assert all(len(expected(report)) >= 5 for report in REPORTS)


def test_the_hand_written_entries_balance():
    sums: Counter[tuple[str, str]] = Counter()
    for row in cells("books/lines"):
        sums[row["book"], row["entry"]] += Decimal(row["amount"])
    assert {entry for entry, total in sums.items() if total} == set()
    assert len(sums) > 40


@pytest.mark.parametrize("report", REPORTS)
def test_a_report_is_what_was_worked_out_by_hand(warehouse, report):
    scope_width, statement = REPORTS[report]
    wanted = expected(report)
    scopes = {row[:scope_width] for row in wanted}
    found = []
    for name, administration_id in warehouse.golden.items():
        condition = "and" if "where" in statement else "where"
        rows = warehouse.connection.execute(
            f"{statement} {condition} administration_id = %(own)s", {"own": administration_id, **warehouse.golden}
        ).fetchall()
        found += [(name, *(text(value) for value in row)) for row in rows]
    ours = Counter(row for row in found if row[:scope_width] in scopes)
    theirs = Counter(wanted)
    assert (sorted((ours - theirs).elements()), sorted((theirs - ours).elements())) == ([], [])


def test_the_golden_books_tie_to_their_ledger(warehouse):
    """Exact's own totals are what a golden set has none of; everything else is proven."""
    rows = warehouse.connection.execute(
        "select distinct check_name from marts.rpt_reconciliation where administration_id = any(%s) and not is_ok",
        (list(warehouse.golden.values()),),
    ).fetchall()
    assert {check for (check,) in rows} == {
        "reporting_balance", "receivables_list", "payables_list", "unmapped_accounts", "inferred_parents"
    }  # fmt: skip
