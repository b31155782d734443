"""What is stored against what Exact itself computes: ledger by fiscal year, entries, open items. Only looks.

Postgres only. Amounts are compared to the cent, and numbers of lines, which also shows lost lines whose amounts cancel.
"""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

import psycopg

from exact_online.warehouse import one_row


class Difference(NamedTuple):
    """One figure that differs. `item` says of what; `period` is the fiscal period it belongs to, where it has one."""

    item: str
    period: int | None
    exact_amount: Decimal | None
    exact_count: int | None
    stored_amount: Decimal | None
    stored_count: int | None


#: Per account, period, cost centre, cost unit, type and status, as ReportingBalance sums (entities.md, section 3.4).
_LEDGER = """
with stored as (
    select line."FinancialPeriod" as period, line."GLAccount" as account, min(btrim(line."GLAccountCode")) as code,
           coalesce(btrim(line."CostCenter"), '') as center, coalesce(btrim(line."CostUnit"), '') as unit,
           line."Type" as type, line."Status" as status, round(sum(line."AmountDC"), 2) as amount, count(*) as lines
    from exact_raw.transaction_lines as t cross join lateral json_to_record(t.payload) as line (
        "FinancialYear" int, "FinancialPeriod" int, "GLAccount" text, "GLAccountCode" text, "CostCenter" text,
        "CostUnit" text, "Type" int, "Status" int, "AmountDC" numeric)
    where t.administration_id = %(administration_id)s and t.deleted_at is null and line."FinancialYear" = %(year)s
    group by 1, 2, 4, 5, 6, 7
),
exact as (
    select balance."ReportingPeriod" as period, balance."GLAccount" as account,
           min(btrim(balance."GLAccountCode")) as code, coalesce(btrim(balance."CostCenterCode"), '') as center,
           coalesce(btrim(balance."CostUnitCode"), '') as unit, balance."Type" as type, balance."Status" as status,
           round(sum(balance."Amount"), 2) as amount, sum(balance."Count") as lines
    from exact_raw.reporting_balances as t cross join lateral json_to_record(t.payload) as balance (
        "ReportingYear" int, "ReportingPeriod" int, "GLAccount" text, "GLAccountCode" text, "CostCenterCode" text,
        "CostUnitCode" text, "Type" int, "Status" int, "Amount" numeric, "Count" int)
    where t.administration_id = %(administration_id)s and t.deleted_at is null and balance."ReportingYear" = %(year)s
    group by 1, 2, 4, 5, 6, 7
)
select concat_ws(', ', 'period ' || period, 'account ' || coalesce(exact.code, stored.code, '(none)'),
           'cost centre ' || nullif(center, ''), 'cost unit ' || nullif(unit, ''), 'type ' || type,
           'status ' || status),
       period, exact.amount, exact.lines, stored.amount, stored.lines
from stored full join exact using (period, account, center, unit, type, status)
where exact.amount is distinct from stored.amount or exact.lines is distinct from stored.lines
order by period, 1
"""
_ENTRIES = """
select 'entry ' || coalesce(min(line."EntryNumber")::text, '') || ' (' || line."EntryID" || ')',
       min(line."FinancialPeriod"), 0::numeric, null::int, round(sum(line."AmountDC"), 2), count(*)
from exact_raw.transaction_lines as t cross join lateral json_to_record(t.payload) as line (
    "FinancialYear" int, "FinancialPeriod" int, "EntryID" text, "EntryNumber" int, "AmountDC" numeric)
where t.administration_id = %(administration_id)s and t.deleted_at is null and line."FinancialYear" = %(year)s
group by line."EntryID" having round(sum(line."AmountDC"), 2) <> 0 order by 1
"""
#: Open today is every term that is not matched, whatever its sign: the sources disagree on that (entities.md, 3.6).
_OPEN_ITEMS = """
with stored as (
    select btrim(term."Currency") as currency, round(sum(abs(term."AmountFC")), 2) as amount, count(*) as items
    from exact_raw.payment_terms as t cross join lateral json_to_record(t.payload) as term (
        "LineType" int, "Status" int, "Currency" text, "AmountFC" numeric)
    where t.administration_id = %(administration_id)s and t.deleted_at is null
      and term."LineType" = %(line_type)s and term."Status" < 50
    group by 1
),
exact as (
    select btrim(item."CurrencyCode") as currency, round(sum(abs(item."Amount")), 2) as amount, count(*) as items
    from exact_raw.{table} as t cross join lateral json_to_record(t.payload) as item (
        "CurrencyCode" text, "Amount" numeric)
    where t.administration_id = %(administration_id)s and t.deleted_at is null
    group by 1
)
select 'open items in ' || currency, null::int, exact.amount, exact.items, stored.amount, stored.items
from stored full join exact using (currency)
where exact.amount is distinct from stored.amount or exact.items is distinct from stored.items order by 1
"""
#: Subject -> the list of Exact's own, and what its terms are in sync/Cashflow/PaymentTerms.
LISTS = {"receivables": ("receivables_lists", 20), "payables": ("payables_lists", 22)}


def ledger(connection: psycopg.Connection, administration_id: int, year: int) -> list[Difference]:
    """Return where the stored lines of a fiscal year differ from Exact's own balances, and entries that do not balance.

    Both must have been read; a year without balances of Exact's differs in every line.
    """
    values = {"administration_id": administration_id, "year": year}
    found = [*connection.execute(_LEDGER, values), *connection.execute(_ENTRIES, values)]
    return [Difference(*row) for row in found]


def open_items(connection: psycopg.Connection, administration_id: int, subject: str) -> list[Difference]:
    """Return where the stored open terms differ from Exact's own list, per currency.

    :param subject: receivables or payables.
    """
    table, line_type = LISTS[subject]
    values = {"administration_id": administration_id, "line_type": line_type}
    return [Difference(*row) for row in connection.execute(_OPEN_ITEMS.format(table=table), values)]


def rows(connection: psycopg.Connection, administration_id: int, endpoint: str, exact_count: int) -> list[Difference]:
    """Return the difference between how many live rows are stored and how many Exact says there are, if any."""
    statement = f'select count(*) from exact_raw."{endpoint}" where administration_id = %s and deleted_at is null'
    (stored_count,) = one_row(connection, statement, (administration_id,))
    return [] if stored_count == exact_count else [Difference("rows", None, None, exact_count, None, stored_count)]


def record(
    connection: psycopg.Connection,
    administration_id: int,
    subject: str,
    run_id: str,
    differences: list[Difference],
    healed_by: str | None,
) -> None:
    """Keep the outcome of a comparison in place of the one before it.

    :param subject: a fiscal year, receivables, payables, or the name of an endpoint whose rows were counted.
    :param healed_by: what made the figures equal, where they were not at first.
    """
    with connection.transaction():
        connection.execute(
            "delete from exact_ops.reconciliations where administration_id = %s and subject = %s",
            (administration_id, subject),
        )
        connection.execute(
            "insert into exact_ops.reconciliations (administration_id, subject, run_id, differences, healed_by) "
            "values (%s, %s, %s, %s, %s)",
            (administration_id, subject, run_id, len(differences), healed_by),
        )
        with connection.cursor() as cursor:
            cursor.executemany(
                "insert into exact_ops.reconciliation_differences "
                "(administration_id, subject, item, exact_amount, exact_count, stored_amount, stored_count) "
                "values (%s, %s, %s, %s, %s, %s, %s) on conflict do nothing",
                # In the order of the fields of a Difference, but for its period, which its item names.
                [(administration_id, subject, item, *figures) for item, _, *figures in differences],
            )
