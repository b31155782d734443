"""What a build proves: what it made, whatever no build has proven yet, and everything where it is asked to."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from tests.dbt.histories import History
from tests.dbt.test_incremental import AGAIN, CODES, Histories, new_histories

pytestmark = pytest.mark.integration
FACT, PLAN = "marts.fct_gl_transaction_lines", "intermediate.built_partitions"
STAGED = "staging.stg_exact_online__transaction_lines"
BUILD = ["build", "--quiet", "--exclude", "resource_type:unit_test", "config.materialized:view,path:models/staging"]
NOBODY = "'ffffffff-0000-0000-0000-000000000001'"


@pytest.fixture(scope="module")
def histories(postgres, migrated_template, tmp_path_factory) -> Iterator[Histories]:
    """One warehouse that was built and proven; each test leaves it so."""
    with new_histories(postgres, migrated_template, tmp_path_factory.mktemp("dbt_proofs")) as made:
        made.build(*BUILD)
        yield made


def change(histories: Histories, statement: str) -> None:
    """Change rows; a statement that finds none is wrong."""
    assert histories.rows(f"{statement} returning 1"), statement


def is_red(histories: Histories, *names: str) -> None:
    """Build, and see these tests fail."""
    with pytest.raises(AssertionError) as failed:
        histories.build(*BUILD)
    assert [name for name in names if name not in str(failed.value)] == []


def test_what_a_green_build_made_is_proven(histories):
    assert histories.rows(f"select count(*) from {PLAN}") != [(0,)]
    assert histories.rows(f"select distinct model_name from {PLAN} where not is_proven") == []
    loads = histories.rows("select model_name, proven_load_id = settled_load_id from intermediate.staged_loads")
    assert {is_proven for _, is_proven in loads} == {True}
    assert len(loads) == 3


def test_the_three_parts_of_a_build_prove_everything(histories):
    change(histories, f"update {PLAN} set is_proven = false")
    change(histories, "update intermediate.staged_loads set proven_load_id = 0")
    for part in ("staging", "marts", "proof"):
        histories.build("build", "--quiet", "--selector", part, "--exclude-resource-type", "unit_test")
    test_what_a_green_build_made_is_proven(histories)


def test_a_line_without_its_account_is_told_until_it_is_mended(histories, monkeypatch):
    """Once it is proven only a build of whole tables finds it, and what was found is looked at again."""
    ((line, right),) = histories.rows(f"select transaction_line_id, gl_account_id from {FACT} order by 1 limit 1")
    change(histories, f"update {FACT} set gl_account_id = {NOBODY} where transaction_line_id = '{line}'")
    histories.build(*BUILD)

    red = ("references_of_fct_gl_transaction_lines", "ledger_equals_staging")
    monkeypatch.setenv("EXACT_ONLINE_PROVE_WHOLE_TABLES", "1")
    is_red(histories, *red)
    monkeypatch.delenv("EXACT_ONLINE_PROVE_WHOLE_TABLES")

    is_red(histories, *red)
    is_red(histories, *red)
    change(histories, f"update {FACT} set gl_account_id = '{right}' where transaction_line_id = '{line}'")
    histories.build(*BUILD)
    assert histories.rows(f"select model_name from {PLAN} where not is_proven") == []


def test_a_balance_that_is_not_that_of_its_lines_is_told(histories, monkeypatch):
    """Of what is proven other tests tell, too: this one looks at what is unproven, or at all."""
    looks = ["test", "--quiet", "--select", "balances_equal_ledger_lines"]
    table = "marts.fct_gl_balances"
    add = "update {} set (debit_amount, movement_amount, closing_amount) = ({}) where {}"
    row = (
        f"(administration_id, gl_account_id, fiscal_year, fiscal_period) = (select administration_id, gl_account_id, "
        f"fiscal_year, fiscal_period from {table} order by 1, 2, 3, 4 limit 1)"
    )
    change(histories, add.format(table, "debit_amount + 7, movement_amount + 7, closing_amount + 7", row))
    histories.build(*looks)
    monkeypatch.setenv("EXACT_ONLINE_PROVE_WHOLE_TABLES", "1")
    with pytest.raises(AssertionError, match="Got 1 result"):
        histories.build(*looks)
    monkeypatch.delenv("EXACT_ONLINE_PROVE_WHOLE_TABLES")
    change(histories, f"update {PLAN} set is_proven = false where model_name = 'fct_gl_balances'")
    with pytest.raises(AssertionError, match="Got 1 result"):
        histories.build(*looks)
    change(histories, add.format(table, "debit_amount - 7, movement_amount - 7, closing_amount - 7", row))
    histories.build(*BUILD)
    test_what_a_green_build_made_is_proven(histories)


def test_more_than_is_named_one_by_one_is_looked_at_too(histories):
    ((line, right),) = histories.rows(f"select transaction_line_id, gl_account_id from {FACT} order by 1 limit 1")
    change(histories, f"update {FACT} set gl_account_id = {NOBODY} where transaction_line_id = '{line}'")
    # Years that have no lines, so that the plan is as long as that of many administrations.
    change(
        histories,
        f"insert into {PLAN} (model_name, administration_id, fiscal_year, fiscal_period, code, is_due) "
        "select 'fct_gl_transaction_lines', 1, year, 1, '', false from generate_series(1000, 1150) as year",
    )
    looks = ["test", "--quiet", "--select", "references_of_fct_gl_transaction_lines"]
    histories.build(*looks)
    change(histories, f"update {PLAN} set is_proven = false where model_name = 'fct_gl_transaction_lines'")
    with pytest.raises(AssertionError, match="Got 1 result"):
        histories.build(*looks)
    change(histories, f"update {FACT} set gl_account_id = '{right}' where transaction_line_id = '{line}'")
    histories.build(*BUILD)


def test_a_staged_row_that_is_not_the_one_of_raw_is_told_until_it_is_mended(histories, monkeypatch):
    ((line, right),) = histories.rows(f"select transaction_line_id, _loaded_at from {STAGED} order by 1 limit 1")
    change(histories, f"update {STAGED} set _loaded_at = '2020-01-01' where transaction_line_id = '{line}'")
    histories.build(*BUILD)

    monkeypatch.setenv("EXACT_ONLINE_PROVE_WHOLE_TABLES", "1")
    is_red(histories, "staged_rows_equal_raw_rows")
    monkeypatch.delenv("EXACT_ONLINE_PROVE_WHOLE_TABLES")

    is_red(histories, "staged_rows_equal_raw_rows")
    is_red(histories, "staged_rows_equal_raw_rows")
    change(histories, f"update {STAGED} set _loaded_at = '{right}' where transaction_line_id = '{line}'")
    histories.build(*BUILD)
    test_what_a_green_build_made_is_proven(histories)


def test_a_line_that_moves_changes_the_state_of_the_period_it_leaves_and_of_the_one_it_comes_to(histories):
    states = (
        "select fiscal_year, fiscal_period, state from intermediate.staged_states "
        f"where model_name like '%transaction_lines' and administration_id = {histories.ids[CODES[0]]}"
    )
    before = set(histories.rows(states))
    with histories.connect() as connection:
        History(connection, random.Random(1), histories.ids, histories.books).edit(
            "transaction_lines", CODES[0], "FinancialPeriod", "4",
            "(p ->> 'FinancialYear')::int = 2025 and (p ->> 'FinancialPeriod')::int = 3",
        )  # fmt: skip
    histories.build(*AGAIN)
    unproven = f"select fiscal_year, fiscal_period from {PLAN} where model_name = '{FACT[6:]}' and not is_proven"
    assert set(histories.rows(unproven)) == {(2025, 3), (2025, 4)}
    gone, come = before - set(histories.rows(states)), set(histories.rows(states)) - before
    assert {(year, period) for year, period, _ in gone} == {(2025, 3), (2025, 4)}
    assert {(year, period) for year, period, _ in come} == {(2025, 3), (2025, 4)}


def test_no_mart_loses_a_row_where_states_are_lost(histories):
    marts = histories.marts()
    change(histories, "delete from intermediate.staged_states")
    histories.build(*AGAIN, "--exclude", "path:models/staging")
    assert histories.marts() == marts


def test_all_is_another_state_where_a_version_without_states_has_staged_meanwhile(histories):
    states = "select model_name, administration_id, fiscal_year, fiscal_period, state from intermediate.staged_states"
    found = []
    for _ in range(2):
        change(histories, "update intermediate.staged_loads set settled_load_id = settled_load_id - 1")
        histories.build(*AGAIN)
        found.append(set(histories.rows(states)))
    before, after = found
    assert {each[:-1] for each in after} == {each[:-1] for each in before}
    assert {model for model, *_ in before} == {
        "stg_exact_online__transaction_lines", "stg_exact_online__payment_terms"
    }  # fmt: skip
    assert after & before == set()


def test_what_is_gone_is_remembered_until_its_absence_is_proven(histories):
    gone = f"select is_proven from {PLAN} where fiscal_year = 1000"
    change(
        histories,
        f"insert into {PLAN} (model_name, administration_id, fiscal_year, fiscal_period, code, is_due) "
        "values ('fct_gl_transaction_lines', 1, 1000, 1, '', false)",
    )
    histories.build(*AGAIN)
    histories.build(*AGAIN)
    assert histories.rows(gone) == [(False,)]
    histories.build(*BUILD)
    assert histories.rows(gone) == [(True,)]
    histories.build(*AGAIN)
    assert histories.rows(gone) == []
