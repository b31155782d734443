"""Ours against Exact's: the proof of one administration, in sum and difference by difference."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import psycopg

from exact_online.figures.marts import NotBuilt, Row, rows

_SUMMARY = """
select check_name, count(*) as compared, count(*) filter (where not is_ok) as failed,
       coalesce(max(abs(difference)) filter (where not is_ok), 0) as largest,
       coalesce(string_agg(distinct reason, '; ') filter (where not is_ok), '') as reasons
from marts.rpt_reconciliation where administration_id = %(administration_id)s
group by check_name order by 3 desc, 1
"""
_DIFFERENCES = """
select r.check_name, r.fiscal_year, r.fiscal_period, a.account_code, a.account_name, r.exact_amount, r.mart_amount,
       r.difference, r.exact_count, r.mart_count, r.reason
from marts.rpt_reconciliation as r
left join marts.dim_gl_accounts as a
    on a.administration_id = r.administration_id and a.gl_account_id = r.gl_account_id
where r.administration_id = %(administration_id)s and not r.is_ok
order by abs(r.difference) desc nulls last, r.check_name, r.fiscal_year, r.fiscal_period limit %(limit)s
"""


@dataclass(frozen=True)
class Comparison:
    """One kind of check: how often it was made, how often it failed, and why."""

    check_name: str
    compared: int
    failed: int
    largest: Decimal
    reasons: str


def summary(connection: psycopg.Connection, administration_id: int) -> list[Comparison]:
    """Return the checks of an administration, those that fail first; [] before the first build."""
    try:
        return [Comparison(**row) for row in rows(connection, _SUMMARY, {"administration_id": administration_id})]
    except NotBuilt:
        return []


def differences(connection: psycopg.Connection, administration_id: int, limit: int = 200) -> list[Row]:
    """Return what differs, the largest first. Raises NotBuilt before the first build."""
    return rows(connection, _DIFFERENCES, {"administration_id": administration_id, "limit": limit})
