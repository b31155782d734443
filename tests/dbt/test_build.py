"""The marts on the sandbox's small books: equal to the books, and incremental staging equal to starting over.

The tests run in the order of the file: each continues with what the one before left in the warehouse.
"""

from __future__ import annotations

import logging
import random
from datetime import UTC, datetime

import pytest

from exact_online import dbt_build
from tests.dbt import incidents, raw_rows
from tests.dbt.conftest import LOADED, NEVER_LOADED
from tests.dbt.incidents import BROKEN
from tests.dbt.test_manifest import MARTS
from tests.dbt.truth import differences

pytestmark = pytest.mark.integration
PURGED = 1000004
CHECKS = {
    "entry_balance", "reporting_balance", "receivables_list", "payables_list", "receivables_control_accounts",
    "payables_control_accounts", "asset_accounts", "mapping_total", "balance_sheet", "cash_flow",
    "unmapped_accounts", "inferred_parents", "ineffective_overrides",
}  # fmt: skip
FINDINGS = {"unmapped_accounts", "inferred_parents", "ineffective_overrides"}
LEDGER_CHECKS = ["entry_balance", "reporting_balance", "mapping_total", "balance_sheet", "cash_flow"]


def fingerprints(warehouse) -> dict[str, str]:
    """Return a digest of every mart; the time of the last load may change."""
    statement = (
        "select coalesce(md5(string_agg(digest, '' order by digest)), '') from "
        "(select md5((to_jsonb(mart) - 'last_loaded_at')::text) as digest from marts.{} as mart) as digests"
    )
    return {name: warehouse.rows(statement.format(name))[0][0] for name in sorted(MARTS)}


def not_ok(warehouse, code: int) -> set[str]:
    rows = warehouse.rows(
        "select check_name from marts.rpt_reconciliation where administration_id = %s and not is_ok",
        warehouse.ids[code],
    )
    return {name for (name,) in rows}


def test_every_test_of_the_project_passes(warehouse):
    found = {status for status in warehouse.statuses().values() if status not in ("success", "pass", "no-op")}
    assert found <= {"warn"}


@pytest.mark.parametrize("code", LOADED)
def test_marts_equal_the_books(warehouse, code):
    assert differences(warehouse, code) == {}


@pytest.mark.parametrize("code", LOADED)
def test_the_ledger_ties_out_with_exact(warehouse, code):
    rows = warehouse.rows(
        "select check_name, count(*), bool_and(is_ok) from marts.rpt_reconciliation "
        "where administration_id = %s and check_name = any(%s) group by check_name",
        warehouse.ids[code],
        LEDGER_CHECKS,
    )
    assert {name for name, _, _ in rows} == set(LEDGER_CHECKS)
    assert [name for name, count, is_ok in rows if count < 10 or not is_ok] == []


@pytest.mark.parametrize("code", LOADED)
def test_lists_items_and_assets_tie_out(warehouse, code):
    rows = warehouse.rows(
        "select distinct check_name, item, reason from marts.rpt_reconciliation where administration_id = %s "
        "and not is_ok and item <> 'lines without a term'",
        warehouse.ids[code],
    )
    assert {name for name, _, _ in rows} <= FINDINGS


def test_what_was_never_loaded_is_said_and_not_left_out(warehouse):
    rows = warehouse.rows(
        "select check_name, is_ok, reason from marts.rpt_reconciliation where administration_id = %s",
        warehouse.ids[NEVER_LOADED],
    )
    assert {name for name, _, _ in rows} == CHECKS
    without_source = [row for row in rows if row[0] not in FINDINGS]
    assert [row for row in without_source if row[1] or "never loaded" not in row[2]] == []
    ((is_reconciled,),) = warehouse.rows(
        "select is_reconciled from marts.dim_administrations where administration_id = %s", warehouse.ids[NEVER_LOADED]
    )
    assert is_reconciled is False


def test_the_build_warns_of_what_no_rule_maps(warehouse):
    warning = "administration {}: 1 accounts map to no reporting line, balance 0.00, debit plus credit 10.00"
    assert warning.format(warehouse.golden["delta"]) in " ".join(warehouse.first_build.split())


def test_the_task_log_has_the_warning_too(warehouse, tmp_path, monkeypatch, caplog):
    """In the words of the task that builds, not of dbt, whose own log is off."""
    monkeypatch.setenv("EXACT_ONLINE_DBT_TARGET_DIR", str(tmp_path))
    for name, value in warehouse.variables.items():
        monkeypatch.setenv(name, value)
    counts, failures = dbt_build.build("general_ledger", warehouse.variables, logging.getLogger("task"))
    assert failures == []
    assert set(counts) <= {"success", "pass", "warn"}
    assert (tmp_path / "logs").is_dir(), "a folder in the project could not be made where it is read-only"
    assert sum(counts.values()) > 25
    warned = [each.getMessage() for each in caplog.records if each.levelno == logging.WARNING]
    expected = "administration {}: 1 accounts map to no reporting line, balance 0.00, debit plus credit 10.00"
    assert sum(expected.format(warehouse.golden["delta"]) in message for message in warned) == 1


def test_a_source_is_as_old_as_the_connection_when_an_administration_never_loaded(warehouse, manifest):
    query = manifest["sources"]["source.exact_online.exact_raw.journals"]["loaded_at_query"]
    with warehouse.connection.transaction(force_rollback=True):
        warehouse.connection.execute("update exact_ops.administrations set connected_at = '2026-01-01 00:00:00+00'")
        ((oldest,),) = warehouse.rows(query.replace("{{ this.identifier }}", "journals"))
        warehouse.connection.execute(
            "update exact_ops.administrations set is_connected = false where administration_id = %s",
            (warehouse.ids[NEVER_LOADED],),
        )
        ((loaded,),) = warehouse.rows(query.replace("{{ this.identifier }}", "journals"))
    assert (oldest, loaded) == (datetime(2026, 1, 1, tzinfo=UTC), datetime.fromisoformat(raw_rows.LOADED_AT))


def test_an_administration_without_an_axis_has_the_same_columns(warehouse):
    rows = warehouse.rows(
        "select count(*), count(*) filter (where c.cost_center_name = 'Not used' and u.cost_unit_name = 'Not used' "
        "and p.project_name = 'Not used') from marts.fct_gl_transaction_lines as l "
        "join marts.dim_cost_centers as c using (administration_id, cost_center_code) "
        "join marts.dim_cost_units as u using (administration_id, cost_unit_code) "
        "join marts.dim_projects as p using (administration_id, project_id) where administration_id = %s",
        warehouse.ids[1000002],
    )
    lines = warehouse.books[1000002].truth(raw_rows.TODAY)["lines_without_budget"]
    assert rows == [(lines, lines)]


def test_the_next_build_follows_edits_deletions_purges_and_late_rows(warehouse):
    """One lives on though its assets failed, one is purged, one does not balance, one gets a row with an old date."""
    warehouse.books[1000001].advance(40, random.Random(3))
    raw_rows.load(warehouse.connection, warehouse.ids[1000001], warehouse.books[1000001])
    for endpoint in raw_rows.ENDPOINTS:
        warehouse.connection.execute(
            f"delete from exact_raw.{endpoint['name']} where administration_id = %s", (warehouse.ids[PURGED],)
        )
    incidents.fail_to_load(warehouse, 1000001, "assets")
    incidents.break_the_books(warehouse)
    late_line = incidents.bring_in_late(warehouse)
    warehouse.build("--exclude-resource-type", "unit_test")
    assert differences(warehouse, 1000001) == {}
    assert warehouse.rows("select count(*) from staging.stg_exact_online__transaction_lines "
                          "where administration_id = %s", warehouse.ids[PURGED]) == [(0,)]  # fmt: skip
    assert warehouse.rows("select count(*) from marts.fct_gl_transaction_lines "
                          "where administration_id = %s", warehouse.ids[PURGED]) == [(0,)]  # fmt: skip
    assert warehouse.rows(
        "select description from marts.fct_gl_transaction_lines where transaction_line_id = %s", late_line
    ) == [("late",)]


def test_a_broken_administration_says_so(warehouse):
    """An entry that does not balance, a line without a place, an account Exact does not deliver, loads that failed."""
    rows = warehouse.rows(
        "select distinct check_name, reason from marts.rpt_reconciliation where administration_id = %s and not is_ok",
        warehouse.ids[BROKEN],
    )
    reasons = {name: reason for name, reason in rows}
    assert {"entry_balance", "reporting_balance", "balance_sheet", "cash_flow", "inferred_parents"} <= set(reasons)
    ((entry_number,),) = warehouse.rows(
        "select distinct min(entry_number) from marts.fct_gl_transaction_lines where administration_id = %s "
        "group by entry_id having sum(amount) <> 0",
        warehouse.ids[BROKEN],
    )
    assert reasons["entry_balance"] == f"1 entries do not sum to zero, the first: {entry_number}"
    assert warehouse.rows(
        "select fiscal_period, count(*) from marts.fct_gl_transaction_lines "
        "where administration_id = %s and fiscal_year = 1900 group by fiscal_period",
        warehouse.ids[BROKEN],
    ) == [(0, 1)]
    assert "amounts differ; the last load of reporting_balances failed" in {reason for _, reason in rows}
    ((code, name, is_inferred),) = warehouse.rows(
        "select account_code, account_name, is_inferred from marts.dim_gl_accounts "
        "where administration_id = %s and gl_account_id = %s",
        warehouse.ids[BROKEN],
        incidents.account_that_is_used(warehouse)["ID"],
    )
    assert (code, name, is_inferred) == ("8010", "Omzet handelsgoederen laag", True), "as its lines name it"
    assert warehouse.rows(
        "select is_reconciled from marts.dim_administrations where administration_id = %s", warehouse.ids[BROKEN]
    ) == [(False,)]


def test_it_leaves_everybody_else_fresh_and_right(warehouse):
    for code in (1000001, 1000003):
        assert differences(warehouse, code) == {}
        assert set(LEDGER_CHECKS) & not_ok(warehouse, code) == set()
    newest = "select max(_loaded_at) from staging.stg_exact_online__transaction_lines where administration_id = %s"
    raw = "select max(loaded_at) from exact_raw.transaction_lines where administration_id = %s"
    assert warehouse.rows(newest, warehouse.ids[1000001]) == warehouse.rows(raw, warehouse.ids[1000001])
    late = "select count(*) from marts.fct_gl_transaction_lines where administration_id = %s and description = 'late'"
    assert warehouse.rows(late, warehouse.ids[1000003]) == [(1,)]


def test_starting_over_gives_the_same_marts(warehouse):
    before = fingerprints(warehouse)
    warehouse.build("--full-refresh", "--exclude-resource-type", "unit_test", "test")
    after = fingerprints(warehouse)
    assert {name for name in MARTS if before[name] != after[name]} == set()
    assert len(set(before.values())) == len(MARTS)
