"""Compares the marts with the books' own statement of themselves, which the sandbox computes in plain loops."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any

from tests.dbt.raw_rows import TODAY


def differences(warehouse: Any, code: int) -> dict[str, Any]:
    """Return what differs between the marts of an administration and its books: empty when nothing does."""
    truth = warehouse.books[code].truth(TODAY)
    administration_id = warehouse.ids[code]
    found = {
        "lines": _difference(_lines(warehouse, administration_id), (truth["lines_without_budget"], truth["entries"])),
        "by_period_account": _difference(_balances(warehouse, administration_id), _by_period_account(truth)),
        "trial_balances": _difference(_trial_balances(warehouse, administration_id), _stripped(truth)),
        "open_items": _difference(
            _open_items(warehouse, administration_id),
            {side: (Decimal(item["amount"]), item["terms"]) for side, item in truth["open_items"].items()},
        ),
        "assets": _difference(
            _book_values(warehouse, administration_id),
            {key.strip(): Decimal(value) for key, value in truth["assets"]["book_values"].items()},
        ),
        **_reports(warehouse, administration_id, truth["reports"]),
    }
    return {name: difference for name, difference in found.items() if difference}


def _difference(ours: Any, theirs: Any) -> Any:
    if not isinstance(ours, dict):
        return None if ours == theirs else (ours, theirs)
    return {key: (ours.get(key), theirs.get(key)) for key in {*ours, *theirs} if ours.get(key) != theirs.get(key)}


def _lines(warehouse: Any, administration_id: int) -> tuple[int, int]:
    """Return lines, and entries with those of budget, which the books count too."""
    ((lines,),) = warehouse.rows(
        "select count(*) from marts.fct_gl_transaction_lines where administration_id = %s", administration_id
    )
    ((entries,),) = warehouse.rows(
        "select count(distinct entry_id) from intermediate.int_ledger_lines_classified where administration_id = %s",
        administration_id,
    )
    return lines, entries


def _balances(warehouse: Any, administration_id: int) -> dict[tuple[int, int, str], Decimal]:
    """Return what moved per period and account, with the lines only the books count (budget, 327, 328)."""
    rows = warehouse.rows(
        "with amounts as (select administration_id, gl_account_id, fiscal_year, fiscal_period, "
        "movement_amount + year_close_amount as amount from marts.fct_gl_balances union all "
        "select administration_id, gl_account_id, fiscal_year, fiscal_period, amount "
        "from intermediate.int_ledger_lines_classified "
        "where posting_class in ('budget', 'balance_close', 'balance_open')) "
        "select fiscal_year, fiscal_period, account_code, sum(amount) from amounts "
        "join marts.dim_gl_accounts using (administration_id, gl_account_id) where administration_id = %s "
        "group by fiscal_year, fiscal_period, account_code having sum(amount) <> 0",
        administration_id,
    )
    return {(year, period, code): amount for year, period, code, amount in rows}


def _by_period_account(truth: dict[str, Any]) -> dict[tuple[int, int, str], Decimal]:
    found = {}
    for key, total in truth["by_period_account"].items():
        year, period, code = key.split("|")
        if Decimal(total):
            found[int(year), int(period), code.strip()] = Decimal(total)
    return found


def _trial_balances(warehouse: Any, administration_id: int) -> dict[tuple[str, str], Decimal]:
    """Return closings at year ends; profit and loss, which starts each year at zero here, added up over the years."""
    rows = warehouse.rows(
        "select distinct on (gl_account_id, fiscal_year) fiscal_year, account_code, statement, closing_amount "
        "from marts.rpt_trial_balance where administration_id = %s "
        "order by gl_account_id, fiscal_year, fiscal_period desc",
        administration_id,
    )
    years = sorted({year for year, *_ in rows})
    totals: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for year, code, statement, closing in rows:
        for later in years:
            if later == year or (statement == "profit_and_loss" and later > year):
                totals[str(later), code] += closing
    return dict(totals)


def _stripped(truth: dict[str, Any]) -> dict[tuple[str, str], Decimal]:
    return {
        (year, code.strip()): Decimal(amount)
        for year, accounts in truth["trial_balances"].items()
        for code, amount in accounts.items()
    }


def _open_items(warehouse: Any, administration_id: int) -> dict[str, tuple[Decimal, int]]:
    rows = warehouse.rows(
        "select side, sum(amount), count(*) from marts.fct_outstanding_items "
        "where administration_id = %s and as_of_date = %s group by side",
        administration_id,
        TODAY,
    )
    return {side: (amount, count) for side, amount, count in rows}


def _book_values(warehouse: Any, administration_id: int) -> dict[str, Decimal]:
    rows = warehouse.rows(
        "select asset_code, coalesce(sum(movements.amount), 0) from marts.dim_fixed_assets as assets "
        "left join marts.fct_fixed_asset_movements as movements using (administration_id, asset_id) "
        "where administration_id = %s group by asset_id, asset_code",
        administration_id,
    )
    return dict(rows)


def _reports(warehouse: Any, administration_id: int, stated: dict[str, Any]) -> dict[str, Any]:
    """Compare figures that reports show per period, per date and per group with what the books say they are."""

    def ours(statement: str) -> dict[str, Decimal]:
        return {"|".join(map(str, key)): amount for *key, amount in warehouse.rows(statement, administration_id)}

    return {
        "cash by period": _difference(
            ours("select fiscal_year, fiscal_period, sum(amount) from marts.rpt_cash_flow "
                 "where administration_id = %s group by 1, 2 having sum(amount) <> 0"),
            _decimals(stated["cash_by_period"]),
        ),
        "result by period": _difference(
            ours("select fiscal_year, fiscal_period, sum(amount) from marts.rpt_profit_and_loss "
                 "where administration_id = %s group by 1, 2 having sum(amount) <> 0"),
            _decimals(stated["result_by_period"]),
        ),
        "open by date": _difference(
            ours("select as_of_date, side, sum(amount) from marts.rpt_outstanding_ageing "
                 "where administration_id = %s and basis = 'due_date' group by 1, 2 having sum(amount) <> 0"),
            {f"{day}|{side}": Decimal(amount) for day, sides in stated["open_by_date"].items()
             for side, amount in sides.items() if Decimal(amount)},
        ),
        "book values of groups": _difference(
            ours("select asset_group, fiscal_year, book_closing from marts.rpt_fixed_asset_roll_forward "
                 "where administration_id = %s and book_closing <> 0"),
            {key: amount for key, amount in _decimals(stated["asset_book_values"]).items() if amount},
        ),
        "planned depreciation": _difference(
            ours("select asset_code, d.fiscal_year, d.fiscal_period, planned_amount "
                 "from marts.fct_fixed_asset_depreciation as d "
                 "join marts.dim_fixed_assets using (administration_id, asset_id) "
                 "join marts.dim_fiscal_periods as p using (administration_id, fiscal_year, fiscal_period) "
                 "where administration_id = %s and planned_amount <> 0 and status <> 'blocked'"),
            _decimals(stated["planned_depreciation"]),
        ),
    }  # fmt: skip


def _decimals(texts: dict[str, str]) -> dict[str, Decimal]:
    return {key: Decimal(text) for key, text in texts.items()}
