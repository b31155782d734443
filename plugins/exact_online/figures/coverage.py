"""How the accounts got their reporting lines, and which have none yet; per currency."""

from __future__ import annotations

import psycopg

from exact_online.figures.marts import Row, rows

_COVERAGE = """
select a.currency_code, c.mapping_rule, count(*) as accounts, count(*) filter (where c.is_ambiguous) as ambiguous,
       sum(abs(c.balance_amount)) as balance_amount, sum(c.movement_amount) as movement_amount
from marts.rpt_account_mapping_coverage as c join marts.dim_administrations as a using (administration_id)
where c.administration_id = any(%(administration_ids)s)
group by 1, 2 order by 1, 6 desc
"""
_ACCOUNTS = """
select c.administration_id, a.environment, a.division_code, a.administration_name, a.currency_code, c.account_code,
       g.account_name, g.statement, g.reporting_line_code, c.mapping_rule, c.balance_amount, c.movement_amount,
       c.is_unmapped, c.is_ambiguous
from marts.rpt_account_mapping_coverage as c
join marts.dim_administrations as a using (administration_id)
join marts.dim_gl_accounts as g on g.administration_id = c.administration_id and g.gl_account_id = c.gl_account_id
where c.administration_id = any(%(administration_ids)s)
  and (%(words)s = '' or strpos(lower(c.account_code || ' ' || coalesce(g.account_name, '')), lower(%(words)s)) > 0)
  and (not %(only_open)s or c.is_unmapped or c.is_ambiguous)
order by c.is_unmapped desc, c.is_ambiguous desc, abs(c.balance_amount) + c.movement_amount desc, c.account_code
limit %(limit)s
"""
_UNMAPPED = """
select c.administration_id, a.administration_name, a.currency_code, count(*) as accounts,
       sum(greatest(abs(c.balance_amount), abs(c.movement_amount))) as amount
from marts.rpt_account_mapping_coverage as c join marts.dim_administrations as a using (administration_id)
where c.is_unmapped and (c.balance_amount <> 0 or c.movement_amount <> 0)
group by 1, 2, 3 order by 1
"""
_LINES = """
select distinct reporting_line_code, statement, sort_order, name_en from marts.dim_reporting_lines as l
where administration_id = any(%(administration_ids)s) and statement in ('balance_sheet', 'profit_and_loss')
  and not exists (select from marts.dim_reporting_lines as child where child.administration_id = l.administration_id
                  and child.parent_code = l.reporting_line_code)
order by sort_order
"""
_MEMBERS = """
select 'cost_center' as axis, cost_center_code as axis_code, cost_center_name as name from marts.dim_cost_centers
where administration_id = any(%(administration_ids)s)
union all
select 'cost_unit', cost_unit_code, cost_unit_name from marts.dim_cost_units
where administration_id = any(%(administration_ids)s)
union all
select 'project', project_code, project_name from marts.dim_projects
where administration_id = any(%(administration_ids)s)
order by 1, 2
"""


def by_rule(connection: psycopg.Connection, administration_ids: list[int]) -> list[Row]:
    """Return how many accounts, and how much movement, each rule mapped."""
    return rows(connection, _COVERAGE, {"administration_ids": administration_ids})


def unmapped(connection: psycopg.Connection) -> list[Row]:
    """Return the administrations with amounts on accounts that no rule maps."""
    return rows(connection, _UNMAPPED, {})


def accounts(
    connection: psycopg.Connection,
    administration_ids: list[int],
    words: str = "",
    only_open: bool = False,
    limit: int = 200,
) -> list[Row]:
    """Return accounts with their amounts, the unmapped and then the ambiguous ones first.

    :param words: what code or name must hold.
    :param only_open: leave out what is mapped without doubt.
    """
    values = {"administration_ids": administration_ids, "words": words, "only_open": only_open, "limit": limit}
    return rows(connection, _ACCOUNTS, values)


def reporting_lines(connection: psycopg.Connection, administration_ids: list[int]) -> list[Row]:
    """Return the lines an account can be mapped to: those without lines below them."""
    return rows(connection, _LINES, {"administration_ids": administration_ids})


def axis_members(connection: psycopg.Connection, administration_ids: list[int]) -> list[Row]:
    """Return the axis values a mapping can be limited to."""
    return rows(connection, _MEMBERS, {"administration_ids": administration_ids})
