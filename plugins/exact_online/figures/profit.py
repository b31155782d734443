"""Profit and loss by month and by axis, as reports show it: revenue and profit positive; per currency."""

from __future__ import annotations

import psycopg

from exact_online.figures.marts import Row, rows

AXES = ("cost_center", "cost_unit", "project")
_YEARS = """
select distinct fiscal_year from marts.rpt_profit_and_loss
where administration_id = any(%(administration_ids)s) order by 1 desc
"""
_BY_PERIOD = """
select a.currency_code, p.reporting_line_code, coalesce(l.name_en, p.reporting_line_code) as reporting_line_name,
       coalesce(min(l.sort_order), 0) as sort_order, p.fiscal_period, sum(p.report_amount) as report_amount,
       -sum(p.amount) as result_amount
from marts.rpt_profit_and_loss as p
join marts.dim_administrations as a using (administration_id)
left join marts.dim_reporting_lines as l
    on l.administration_id = p.administration_id and l.reporting_line_code = p.reporting_line_code
where p.administration_id = any(%(administration_ids)s) and p.fiscal_year = %(fiscal_year)s
group by 1, 2, 3, 5 order by 1, 4, 2, 5
"""
_BY_AXIS = """
select a.currency_code, p.axis_code, coalesce(n.name, p.axis_code) as axis_name, -sum(p.amount) as result_amount,
       -sum(p.amount) filter (where p.amount < 0) as income_amount,
       sum(p.amount) filter (where p.amount > 0) as expense_amount
from marts.rpt_profit_and_loss_by_axis as p
join marts.dim_administrations as a using (administration_id)
left join (
    select administration_id, 'cost_center' as axis, cost_center_code as axis_code, cost_center_name as name
    from marts.dim_cost_centers
    union all
    select administration_id, 'cost_unit', cost_unit_code, cost_unit_name from marts.dim_cost_units
    union all
    select administration_id, 'project', project_code, project_name from marts.dim_projects
) as n on n.administration_id = p.administration_id and n.axis = p.axis and n.axis_code = p.axis_code
where p.administration_id = any(%(administration_ids)s) and p.fiscal_year = %(fiscal_year)s and p.axis = %(axis)s
group by 1, 2, 3 order by 1, 4 desc
"""


def years(connection: psycopg.Connection, administration_ids: list[int]) -> list[int]:
    """Return the fiscal years with a profit-and-loss account, newest first."""
    return [row["fiscal_year"] for row in rows(connection, _YEARS, {"administration_ids": administration_ids})]


def by_period(connection: psycopg.Connection, administration_ids: list[int], fiscal_year: int) -> list[Row]:
    """Return one row per reporting line and period."""
    return rows(connection, _BY_PERIOD, {"administration_ids": administration_ids, "fiscal_year": fiscal_year})


def by_axis(connection: psycopg.Connection, administration_ids: list[int], fiscal_year: int, axis: str) -> list[Row]:
    """Return one row per member of an axis, the most profitable first."""
    values = {"administration_ids": administration_ids, "fiscal_year": fiscal_year, "axis": axis}
    return rows(connection, _BY_AXIS, values)
