"""What is owed to us and by us: ageing, who owes most, how overdue moved. Grouped by currency, never summed across."""

from __future__ import annotations

from datetime import date
from typing import Any

import psycopg

from exact_online.figures.marts import Row, rows

BUCKETS = ("not_due", "1-30", "31-60", "61-90", ">90")
_SCOPE = """
with scope as (
    select a.administration_id, a.currency_code,
           coalesce(%(as_of)s::date, max(i.as_of_date)) as as_of_date
    from marts.dim_administrations as a
    join marts.fct_outstanding_items as i using (administration_id)
    where a.administration_id = any(%(administration_ids)s)
    group by a.administration_id, a.currency_code
), items as (
    select i.*, s.currency_code as book_currency
    from marts.fct_outstanding_items as i join scope as s using (administration_id, as_of_date)
)
"""
_DATES = """
select distinct as_of_date from marts.fct_outstanding_items
where administration_id = any(%(administration_ids)s) order by 1 desc
"""
_AGEING = f"""{_SCOPE}
select book_currency as currency_code, side, ageing_bucket as bucket, sum(amount) as amount, count(*) as items
from items group by 1, 2, 3
"""
_TOP = f"""{_SCOPE}
, ranked as (
    select book_currency as currency_code, i.side, i.administration_id, a.administration_name,
           coalesce(r.relation_name, '(none)') as relation_name, r.relation_code, sum(i.amount) as amount,
           sum(i.amount) filter (where i.days_overdue > 0) as overdue_amount, max(i.days_overdue) as days_overdue,
           row_number() over (partition by book_currency, i.side order by sum(i.amount) desc) as place
    from items as i
    join marts.dim_administrations as a using (administration_id)
    left join marts.dim_relations as r on r.administration_id = i.administration_id and r.relation_id = i.relation_id
    group by 1, 2, 3, 4, 5, 6
)
select * from ranked where place <= %(limit)s order by currency_code, side, place
"""
_OVER_TIME = """
select a.currency_code, i.as_of_date, i.side, sum(i.amount) as amount,
       coalesce(sum(i.amount) filter (where i.days_overdue > 0), 0) as overdue_amount
from marts.fct_outstanding_items as i join marts.dim_administrations as a using (administration_id)
where i.administration_id = any(%(administration_ids)s)
  and i.as_of_date = (date_trunc('month', i.as_of_date) + interval '1 month - 1 day')::date
  and (%(as_of)s::date is null or i.as_of_date <= %(as_of)s::date)
group by 1, 2, 3 order by 1, 2, 3
"""
_ITEMS = f"""{_SCOPE}
select a.environment, a.division_code, a.administration_name, i.as_of_date, i.side, r.relation_code, r.relation_name,
       i.invoice_number, i.your_ref, i.invoice_date, i.due_date, i.days_overdue, i.ageing_bucket, i.amount,
       i.book_currency as currency_code, i.amount_fc, i.currency_code as transaction_currency_code
from items as i
join marts.dim_administrations as a using (administration_id)
left join marts.dim_relations as r on r.administration_id = i.administration_id and r.relation_id = i.relation_id
order by 1, 2, i.side, i.due_date, i.invoice_number, i.item_id
"""


def dates(connection: psycopg.Connection, administration_ids: list[int]) -> list[date]:
    """Return the days the open items are known for, newest first."""
    return [row["as_of_date"] for row in rows(connection, _DATES, {"administration_ids": administration_ids})]


def ageing(connection: psycopg.Connection, administration_ids: list[int], as_of: date | None) -> list[Row]:
    """Return one row per currency, side and bucket, all buckets present, the not yet due first."""
    found = rows(connection, _AGEING, _values(administration_ids, as_of))
    known = {(row["currency_code"], row["side"], row["bucket"]): row for row in found}
    return [
        known.get((currency, side, bucket))
        or {"currency_code": currency, "side": side, "bucket": bucket, "amount": 0, "items": 0}
        for currency, side in sorted({(row["currency_code"], row["side"]) for row in found}, key=_receivable_first)
        for bucket in BUCKETS
    ]


def top(
    connection: psycopg.Connection, administration_ids: list[int], as_of: date | None, limit: int = 10
) -> list[Row]:
    """Return who owes us most and whom we owe most, per currency."""
    return rows(connection, _TOP, {**_values(administration_ids, as_of), "limit": limit})


def over_time(connection: psycopg.Connection, administration_ids: list[int], as_of: date | None) -> list[Row]:
    """Return what was open and overdue at each month end up to `as_of`."""
    return rows(connection, _OVER_TIME, _values(administration_ids, as_of))


def items(connection: psycopg.Connection, administration_ids: list[int], as_of: date | None) -> list[Row]:
    """Return every open item of the day, for the download."""
    return rows(connection, _ITEMS, _values(administration_ids, as_of))


def _values(administration_ids: list[int], as_of: date | None) -> dict[str, Any]:
    return {"administration_ids": administration_ids, "as_of": as_of}


def _receivable_first(key: tuple[str, str]) -> tuple[str, bool]:
    return key[0] or "", key[1] != "receivable"
