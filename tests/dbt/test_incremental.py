"""Building only what changed: what that is, and that the result is the one a build from nothing gives."""

from __future__ import annotations

import os
import random
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from tests.dbt import raw_rows
from tests.dbt.conftest import warehouse_variables
from tests.dbt.histories import EVENTS, History
from tests.dbt.project import run_dbt
from tests.dbt.test_manifest import MARTS
from tests.sandbox.books import fresh_small

pytestmark = pytest.mark.integration
CODES = (1000001, 1000003)
RUN = ["run", "--quiet"]
#: Views on raw tables are made once; what is rebuilt does not touch them.
AGAIN = [*RUN, "--exclude", "config.materialized:view,path:models/staging"]


class Histories:
    """A warehouse whose raw data changes between builds."""

    def __init__(self, admin: psycopg.Connection, conninfo: str, target: Path) -> None:
        self.admin = admin
        self.conninfo = conninfo
        self.target = target
        self.ids: dict[int, int] = {}
        self.books = {code: fresh_small(code) for code in CODES}
        with self.connect() as connection:
            for code, books in self.books.items():
                self.ids[code] = raw_rows.register(connection, books)
                raw_rows.load(connection, self.ids[code], books)
        self.build("seed", "--quiet")
        self.build(*RUN)

    @contextmanager
    def connect(self) -> Iterator[psycopg.Connection]:
        """Open a connection; none is left open when the database is copied."""
        with closing(psycopg.connect(self.conninfo, autocommit=True)) as connection:
            yield connection

    def build(self, *arguments: str) -> None:
        run_dbt(list(arguments), self.target, warehouse_variables(self.conninfo))

    def rows(self, statement: str) -> list[tuple]:
        with self.connect() as connection:
            return connection.execute(statement).fetchall()

    def due(self) -> set[tuple]:
        """Return what the last build rebuilt: (model, administration, year, period, date)."""
        return set(
            self.rows(
                "select model_name, administration_id, fiscal_year, fiscal_period, as_of_date "
                "from intermediate.built_partitions where is_due"
            )
        )

    def analyzed(self) -> dict[str, int]:
        """Return how often each table was analyzed, by a build and not by autovacuum."""
        return dict(self.rows("select relname, analyze_count from pg_stat_user_tables where relname !~ '__dbt_'"))

    def marts(self) -> dict[str, set[tuple[str, int]]]:
        """Return the rows of every mart, with how often each stands there."""
        with self.connect() as connection:
            return {
                name: set(
                    connection.execute(f"select mart::text, count(*) from marts.{name} as mart group by 1").fetchall()
                )
                for name in sorted(MARTS)
            }

    def marts_from_nothing(self) -> dict[str, set[tuple[str, int]]]:
        """Return what the marts would be, built from the same raw data with nothing built before.

        In a copy that takes the database's name meanwhile: dbt would parse the project anew for another one.
        """
        name = conninfo_to_dict(self.conninfo)["dbname"]
        kept = f"{name}_kept"
        self.admin.execute(f"alter database {name} rename to {kept}")
        self.admin.execute(f"create database {name} template {kept}")
        try:
            self.build(*AGAIN, "--full-refresh")
            return self.marts()
        finally:
            self.admin.execute(f"drop database {name} with (force)")
            self.admin.execute(f"alter database {kept} rename to {name}")


@contextmanager
def new_histories(postgres: str, template: str, target: Path) -> Iterator[Histories]:
    """Make a warehouse of its own and remove it afterwards."""
    name = f"dbt_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(postgres, autocommit=True) as admin:
        admin.execute(f"create database {name} template {template}")
        yield Histories(admin, make_conninfo(postgres, dbname=name), target)
        if not os.environ.get("TEST_KEEP_DATABASES"):
            admin.execute(f"drop database {name} with (force)")


@pytest.fixture(scope="module")
def histories(postgres, migrated_template, tmp_path_factory) -> Iterator[Histories]:
    """One warehouse: each test goes on with what the one before left."""
    with new_histories(postgres, migrated_template, tmp_path_factory.mktemp("dbt_histories")) as made:
        yield made


def difference(ours: dict[str, set], theirs: dict[str, set]) -> dict[str, tuple]:
    """Return per mart some rows that only one of two builds has."""
    return {
        name: (sorted(ours[name] - theirs[name])[:3], sorted(theirs[name] - ours[name])[:3])
        for name in theirs
        if ours[name] != theirs[name]
    }


def live(histories: Histories, seed: int, builds: int, events: int) -> None:
    """Let a history happen, build after each part of it, and compare with a build from nothing."""
    history = History(None, random.Random(seed), histories.ids, histories.books)
    for number in range(builds):
        with histories.connect() as history.connection:
            history.go_on(events)
        histories.build(*AGAIN)
        found = difference(histories.marts(), histories.marts_from_nothing())
        assert found == {}, f"seed {seed}, build {number + 1}: {history.told}"


def test_only_what_changed_is_built(histories):
    first, second = (histories.ids[code] for code in CODES)
    assert {administration for _, administration, *_ in histories.due()} == {first, second}
    histories.build(*AGAIN)
    assert histories.due() == set(), "nothing happened"

    untouched = histories.rows(
        "select xmin, transaction_line_id from marts.fct_gl_transaction_lines where fiscal_period <> 3"
    )
    with histories.connect() as connection:
        History(connection, random.Random(1), histories.ids, histories.books).edit(
            "transaction_lines", CODES[0], "AmountDC", "12.34",
            "(p ->> 'FinancialYear')::int = 2025 and (p ->> 'FinancialPeriod')::int = 3",
        )  # fmt: skip
    histories.build(*AGAIN)
    due = histories.due()
    assert {administration for _, administration, *_ in due} == {first}
    assert {(year, period) for model, _, year, period, _ in due if model == "fct_gl_transaction_lines"} == {(2025, 3)}
    assert {year for model, _, year, *_ in due if model == "rpt_profit_and_loss"} == {2025}
    assert {year for model, _, year, *_ in due if model == "rpt_balance_sheet"} == {2025, 2026}, "and the years after"
    assert set(untouched) == set(
        histories.rows("select xmin, transaction_line_id from marts.fct_gl_transaction_lines where fiscal_period <> 3")
    )

    with histories.connect() as connection:
        connection.execute(
            "insert into exact_ops.account_mapping_overrides (environment, division_code, account_code, "
            "reporting_line_code, author) select 'nl', %s, account_code, 'OTHER_OPERATING_COSTS', 'Jo' "
            "from marts.dim_gl_accounts where gl_account_id = (select gl_account_id from marts.fct_gl_balances "
            "where administration_id = %s group by gl_account_id having count(*) filter (where debit_amount <> 0) = 1 "
            "order by gl_account_id limit 1)",
            (CODES[1], second),
        )
    histories.build(*AGAIN)
    due = histories.due()
    assert {administration for _, administration, *_ in due} == {second}
    assert len([1 for model, *_ in due if model == "fct_gl_transaction_lines"]) in (1, 2), "where the account has lines"

    with histories.connect() as connection:
        History(connection, random.Random(2), histories.ids, histories.books).edit(
            "payment_terms", CODES[0], "EndDate", "'/Date(1790812800000)/'::text",  # 1 October 2026
            "p ->> 'EndDate' is null and p ->> 'InvoiceDate' < '/Date(1788220800000)/'",
        )  # fmt: skip
    histories.build(*AGAIN)
    due = histories.due()
    assert {model for model, *_ in due} == {
        *("int_payment_terms_signed", "int_term_relations_named", "int_term_days_fingerprinted"),
        *("int_control_lines_summed", "fct_outstanding_items", "rpt_outstanding_ageing", "rpt_payment_behaviour"),
    }  # fmt: skip
    assert {str(day) for model, *_, day in due if model == "fct_outstanding_items"} == {"2026-10-31", "2026-11-23"}


def test_what_is_due_is_analyzed_only_where_it_is_much(histories):
    incremental = {name for (name,) in histories.rows("select distinct model_name from intermediate.built_partitions")}
    histories.build(*AGAIN)
    before = histories.analyzed()
    histories.build(*AGAIN)
    assert {name for name in incremental if histories.analyzed()[name] != before[name]} == set(), "nothing happened"
    histories.rows(
        "update intermediate.built_partitions set fingerprint = 0 where model_name = 'fct_gl_transaction_lines' "
        f"and administration_id = {histories.ids[CODES[0]]} returning 1"
    )
    histories.build(*AGAIN)
    after = histories.analyzed()
    assert {name for name in incremental if after[name] != before[name]} == {"fct_gl_transaction_lines"}


def test_a_history_gives_what_a_build_from_nothing_gives(histories):
    live(histories, seed=int(os.environ.get("HISTORY_SEED", "1")), builds=3, events=12)


@pytest.mark.parametrize("seed", [100, 101])
def test_long_histories_give_what_a_build_from_nothing_gives(histories, seed):
    live(histories, seed, builds=5, events=9)


def test_every_event_of_a_history_is_told_apart():
    assert len({event.__name__ for event in EVENTS}) > 20
