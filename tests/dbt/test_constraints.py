"""Keys and rules of tables are constraints of PostgreSQL: what breaks one cannot come in."""

from __future__ import annotations

import psycopg
import pytest

pytestmark = pytest.mark.integration
#: As many as kinds of constraint.
KINDS = {"primary_key": "p", "unique": "u", "check": "c"}
CONSTRAINTS = """
select tables.relname, constraints.contype::text, case constraints.contype when 'c' then constraints.conname
    else (select string_agg(attname, ',' order by place) from unnest(conkey) with ordinality as keys (number, place)
        inner join pg_attribute on attrelid = conrelid and attnum = number) end
from pg_constraint as constraints inner join pg_class as tables on tables.oid = constraints.conrelid
where constraints.connamespace in ('staging'::regnamespace, 'intermediate'::regnamespace, 'marts'::regnamespace)
    and constraints.contype <> 'n'
    and tables.relname not in ('built_partitions', 'built_relations', 'staged_loads', 'staged_states')
"""


def declared(manifest) -> set[tuple[str, str, str]]:
    return {
        (node["name"], KINDS[each["type"]], each.get("name") or ",".join(each["columns"]))
        for node in manifest["nodes"].values()
        if node["resource_type"] in ("model", "seed") and node["config"]["materialized"] != "view"
        for each in node.get("constraints") or node["config"]["meta"].get("constraints") or []
    }


def test_every_constraint_that_is_declared_stands(warehouse, manifest):
    found = set(warehouse.rows(CONSTRAINTS))
    assert found == declared(manifest)
    assert {kind for _, kind, _ in found} == set(KINDS.values())


def test_a_table_from_before_a_constraint_gets_it(warehouse):
    table = "marts.fct_gl_balances"
    names = warehouse.rows(f"select conname from pg_constraint where conrelid = '{table}'::regclass and contype <> 'n'")
    before = set(warehouse.rows(CONSTRAINTS))
    for (name,) in names:
        warehouse.connection.execute(f'alter table {table} drop constraint "{name}"')
    assert len(before - set(warehouse.rows(CONSTRAINTS))) == len(names) > 3
    warehouse.build("--select", "fct_gl_balances", "--exclude-resource-type", "test")
    assert set(warehouse.rows(CONSTRAINTS)) == before


def test_a_constraint_that_changed_is_made_anew_and_one_that_is_not_declared_goes(warehouse):
    table = "marts.fct_gl_balances"
    before = set(warehouse.rows(CONSTRAINTS))
    warehouse.connection.execute(f"alter table {table} drop constraint sides_are_positive")
    warehouse.connection.execute(f"alter table {table} add constraint sides_are_positive check (true)")
    warehouse.connection.execute(f"alter table {table} add constraint of_old check (true)")
    warehouse.build("--select", "fct_gl_balances", "--exclude-resource-type", "test")
    assert set(warehouse.rows(CONSTRAINTS)) == before
    ((rule,),) = warehouse.rows(
        "select pg_get_constraintdef(oid) from pg_constraint where conname = 'sides_are_positive'"
    )
    assert "debit_amount" in rule


def test_a_second_row_of_a_key_cannot_come_in(warehouse):
    with pytest.raises(psycopg.errors.UniqueViolation), warehouse.connection.transaction():
        warehouse.connection.execute(
            "insert into marts.fct_gl_transaction_lines select * from marts.fct_gl_transaction_lines limit 1"
        )


def test_empty_is_equal_to_empty_in_a_key_that_may_be_empty(warehouse):
    with pytest.raises(psycopg.errors.UniqueViolation), warehouse.connection.transaction():
        warehouse.connection.execute(
            "insert into marts.rpt_reconciliation select * from marts.rpt_reconciliation "
            "where gl_account_id is null limit 1"
        )
