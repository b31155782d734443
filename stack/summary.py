"""What the demo found, read from the marts alone: rows, balances, open items, assets, reconciliation."""

from __future__ import annotations

import psycopg
from rich.console import Console
from rich.markup import escape
from rich.table import Table

_ROWS = """
select a.name, l.data_set, sum(l.rows_read)::int
from exact_ops.administrations as a join exact_ops.loads as l using (administration_id)
where a.is_connected and l.outcome = 'succeeded' group by a.division_code, a.name, l.data_set
order by a.division_code, l.data_set
"""
_FIGURES = """
with ledger as (
    select administration_id, count(*) as lines, count(distinct entry_id) as entries, sum(amount) as total
    from marts.fct_gl_transaction_lines group by 1
), unbalanced as (
    select administration_id, count(*) as entries from (
        select administration_id, entry_id from marts.fct_gl_transaction_lines
        group by 1, 2 having sum(amount) <> 0
    ) as entries group by 1
), items as (
    select administration_id, sum(amount) filter (where side = 'receivable') as receivable,
           sum(amount) filter (where side = 'payable') as payable
    from marts.fct_outstanding_items as i
    where as_of_date = (select max(as_of_date) from marts.fct_outstanding_items as o
                        where o.administration_id = i.administration_id) group by 1
), assets as (
    select administration_id, sum(amount) as book_value from marts.fct_fixed_asset_movements group by 1
)
select a.administration_name, a.currency_code, l.lines, l.entries, coalesce(u.entries, 0), l.total,
       i.receivable, i.payable, f.book_value, a.is_reconciled
from marts.dim_administrations as a
left join ledger as l using (administration_id) left join unbalanced as u using (administration_id)
left join items as i using (administration_id) left join assets as f using (administration_id)
order by a.environment, a.division_code
"""
_RECONCILIATION = """
select check_name, count(*) filter (where is_ok), count(*),
       coalesce(string_agg(distinct item || ': ' || reason, '; ') filter (where not is_ok), '')
from marts.rpt_reconciliation group by 1 order by count(*) filter (where not is_ok) > 0, 1
"""


def show(connection: psycopg.Connection, console: Console) -> None:
    """Print the summary."""
    _rows_per_data_set(connection, console)
    figures = Table("administration", "lines", "entries", "unbalanced", "trial balance", box=None, header_style="bold")
    money = Table("administration", "", "receivable", "payable", "asset book value", box=None, header_style="bold")
    for table in (figures, money):
        for column in table.columns[1:]:
            column.justify = "right"
    for name, currency, lines, entries, unbalanced, total, receivable, payable, assets, _ in connection.execute(
        _FIGURES
    ):
        balances = "sums to 0.00" if total == 0 and unbalanced == 0 else f"OFF BY {total}"
        figures.add_row(escape(name), f"{lines or 0:,}", f"{entries or 0:,}", str(unbalanced), balances)
        money.add_row(escape(name), currency, _amount(receivable), _amount(payable), _amount(assets))
    _titled(console, "Ledger", figures)
    _titled(console, "Open items and fixed assets", money)
    checks = Table("check", "ok", "of", "what the others are", box=None, header_style="bold")
    for name, ok, total, findings in connection.execute(_RECONCILIATION):
        checks.add_row(name, f"{ok:,}", f"{total:,}", escape(findings))
    _titled(console, "Reconciliation with Exact's own figures", checks)


def _rows_per_data_set(connection: psycopg.Connection, console: Console) -> None:
    found: dict[str, dict[str, int]] = {}
    for name, data_set, rows in connection.execute(_ROWS):
        found.setdefault(name, {})[data_set] = rows
    data_sets = sorted({data_set for rows in found.values() for data_set in rows})
    table = Table("rows read", *[escape(name) for name in found], box=None, header_style="bold")
    table.columns[0].no_wrap = True
    for column in table.columns[1:]:
        column.justify = "right"
    for data_set in data_sets:
        table.add_row(data_set, *[f"{rows.get(data_set, 0):,}" for rows in found.values()])
    _titled(console, "Imports", table)


def _titled(console: Console, title: str, table: Table) -> None:
    console.print(f"\n[bold]{title}[/bold]")
    console.print(table)


def _amount(value: object) -> str:
    return "-" if value is None else f"{value:,.2f}"
