"""Fixed assets: book value by group, the roll-forward of a year, planned against booked depreciation; per currency."""

from __future__ import annotations

import psycopg

from exact_online.figures.marts import Row, rows

_YEARS = """
select distinct fiscal_year from marts.rpt_fixed_asset_roll_forward
where administration_id = any(%(administration_ids)s) order by 1 desc
"""
_ROLL_FORWARD = """
select a.currency_code, r.asset_group, sum(r.cost_opening) as cost_opening, sum(r.additions) as additions,
       sum(r.disposals_cost) as disposals_cost, sum(r.cost_closing) as cost_closing,
       sum(r.accumulated_opening) as accumulated_opening, sum(r.depreciation) as depreciation,
       sum(r.disposals_accumulated) as disposals_accumulated, sum(r.accumulated_closing) as accumulated_closing,
       sum(r.revaluation) as revaluation, sum(r.book_opening) as book_opening, sum(r.book_closing) as book_closing
from marts.rpt_fixed_asset_roll_forward as r join marts.dim_administrations as a using (administration_id)
where r.administration_id = any(%(administration_ids)s) and r.fiscal_year = %(fiscal_year)s
group by 1, 2 order by 1, 2
"""
_DEPRECIATION = """
select a.currency_code, d.fiscal_year, sum(d.planned_amount) as planned_amount, sum(d.booked_amount) as booked_amount,
       bool_or(d.is_estimate) as is_estimate
from marts.fct_fixed_asset_depreciation as d join marts.dim_administrations as a using (administration_id)
where d.administration_id = any(%(administration_ids)s)
group by 1, 2 order by 1, 2
"""
_ASSETS = """
select a.environment, a.division_code, a.administration_name, f.asset_code, f.description, f.asset_group, f.status,
       f.invested_on, f.disposed_on, f.investment_amount, f.residual_value, f.depreciation_method,
       coalesce(m.book_value, 0) as book_value, a.currency_code
from marts.dim_fixed_assets as f
join marts.dim_administrations as a using (administration_id)
left join lateral (
    select sum(amount) as book_value from marts.fct_fixed_asset_movements as m
    where m.administration_id = f.administration_id and m.asset_id = f.asset_id and m.fiscal_year <= %(fiscal_year)s
) as m on true
where f.administration_id = any(%(administration_ids)s)
order by 1, 2, f.asset_group, f.asset_code
"""


def years(connection: psycopg.Connection, administration_ids: list[int]) -> list[int]:
    """Return the fiscal years with assets, newest first."""
    return [row["fiscal_year"] for row in rows(connection, _YEARS, {"administration_ids": administration_ids})]


def roll_forward(connection: psycopg.Connection, administration_ids: list[int], fiscal_year: int) -> list[Row]:
    """Return opening, movements and closing per group."""
    return rows(connection, _ROLL_FORWARD, {"administration_ids": administration_ids, "fiscal_year": fiscal_year})


def depreciation(connection: psycopg.Connection, administration_ids: list[int]) -> list[Row]:
    """Return planned and booked depreciation per year, to the end of life of the last asset."""
    return rows(connection, _DEPRECIATION, {"administration_ids": administration_ids})


def assets(connection: psycopg.Connection, administration_ids: list[int], fiscal_year: int) -> list[Row]:
    """Return every asset with its book value at the end of a year, for the download."""
    return rows(connection, _ASSETS, {"administration_ids": administration_ids, "fiscal_year": fiscal_year})
