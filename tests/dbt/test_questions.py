"""The questions of the README, run with the rights of an analyst, and what those rights are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from tests.dbt.project import ROOT
from tests.dbt.test_manifest import MARTS

pytestmark = pytest.mark.integration
QUESTIONS = re.findall(
    r"^\*\*\d+\. (.+?\?)\*\*\n\n```sql\n(.+?)\n```$", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE | re.DOTALL
)
#: What the first words of a question are answered with for the golden books, worked out by hand.
ANSWERS = {
    "What did we earn": [
        "Delta Machines B.V.|EUR|2025|1|-225.33|800.00",
        "Maas Diensten BV|EUR|2026|1|-125.00|-50.00",
    ],
    "Who owes us": [
        "Delta Machines B.V.|EUR|C1|Klant een|1194.00|1194.00",
        "Delta Machines B.V.|EUR|C2|Customer two|-50.00|-50.00",
        "Maas Diensten BV|EUR|K1|Klant|200.00|200.00",
    ],
    "What do we have to pay": ["Maas Diensten BV|EUR|2025-07-20|Leverancier|L-6|120.00|120.00|EUR"],
    "Where did the cash": [
        "Delta Machines B.V.|EUR|2025|Result|-9155.32",  # -225.33 - 203.33 - 43.33 - 8683.33
        "Delta Machines B.V.|EUR|2025|Investments and disposals|2000.00",
        "Maas Diensten BV|EUR|2026|Change in receivables|-200.00",
    ],
    "What does the balance sheet": [
        "Delta Machines B.V.|EUR|2024|assets|Cash and cash equivalents|8500.00",
        "Delta Machines B.V.|EUR|2025|equity_and_liabilities|Short-term borrowings|285.00",
        "Delta Machines B.V.|EUR|2026|equity_and_liabilities|Result of earlier years not yet closed|-9165.32",
    ],
    "Which cost centre": [
        "Delta Machines B.V.|EUR|2024|K1|Selling costs|500.00",
        "Delta Machines B.V.|EUR|2025|Not used|Cost of sales|9000.00",
    ],
    "How long do our customers": [
        "Delta Machines B.V.|C2|Customer two||156.00",
        "Maas Diensten BV|K1|Klant||156.00",
    ],
    "What are our fixed assets": [
        "Delta Machines B.V.|EUR|MAC|2026|416.69|83.37",
        "Maas Diensten BV|EUR|VEH|2026|150.00|50.00",
    ],
    "Which postings": ["Delta Machines B.V.|2025|4|2025-12-15|24|4300|Kantoorkosten|and the bank is overdrawn|9000.00"],
    "Do the figures tie out": ["Delta Machines B.V.|cash_flow|14|14||"],
}


@pytest.fixture(scope="module")
def analyst(warehouse, postgres) -> Iterator[psycopg.Connection]:
    """A person's connection: a login that is a member of the role `analyst` and nothing more."""
    with psycopg.connect(postgres, autocommit=True) as admin:
        admin.execute("drop role if exists anna")
        admin.execute("create role anna login password 'secret' in role analyst")
    conninfo = make_conninfo(postgres, dbname=warehouse.variables["WAREHOUSE_DATABASE"], user="anna", password="secret")
    with closing(psycopg.connect(conninfo, autocommit=True)) as connection:
        yield connection


def test_the_readme_asks_ten_questions():
    assert len(QUESTIONS) == 10
    assert len({next(key for key in ANSWERS if title.startswith(key)) for title, _ in QUESTIONS}) == 10


@pytest.mark.parametrize(("title", "query"), QUESTIONS, ids=[title for title, _ in QUESTIONS])
def test_a_question_is_answered(analyst, title, query):
    rows = analyst.execute(query).fetchall()
    answers = {"|".join("" if value is None else str(value) for value in row) for row in rows}
    expected = next(answer for key, answer in ANSWERS.items() if title.startswith(key))
    assert set(expected) - answers == set(), sorted(each for each in answers if each.startswith(("Delta", "Maas")))
    assert len(rows) > len(expected)


def test_an_analyst_reads_every_mart(analyst):
    for name in MARTS:
        analyst.execute(f"select * from marts.{name} limit 1")


def test_an_analyst_sees_nothing_but_the_marts(analyst, warehouse):
    tables = warehouse.rows(
        "select table_schema, table_name from information_schema.tables "
        "where table_schema in ('exact_ops', 'exact_raw', 'staging', 'intermediate')"
    )
    assert len(tables) > 80
    for schema, name in tables:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            analyst.execute(f"select * from {schema}.{name} limit 1")


@pytest.mark.parametrize(
    "statement",
    [
        "insert into marts.dim_dates select * from marts.dim_dates",
        "update marts.fct_gl_balances set closing_amount = 0",
        "delete from marts.rpt_reconciliation",
        "truncate marts.dim_journals",
        "drop table marts.dim_journals",
        "create table marts.mine (id integer)",
        "create schema mine",
        "create role mine",
    ],
)
def test_an_analyst_changes_nothing(analyst, statement):
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        analyst.execute(statement)
