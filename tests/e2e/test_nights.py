"""Good and bad nights through Airflow itself: parameters, a spent day, killed workers, administrations in trouble.

The tests run in this order on one stack; each leaves it working.
"""

from __future__ import annotations

import random
import signal
import time
from datetime import UTC, datetime, timedelta

import psutil
import pytest

from exact_online import catalogue
from stack import commands
from tests.e2e.completeness import assert_copy_is_complete, live_rows
from tests.e2e.conftest import wait_until

pytestmark = pytest.mark.slow
HOLDING, COMPANY, BELGIAN, DOLLARS, POOR = 1000001, 1000002, 1000003, 1000004, 1000005
DONE_WELL = dict.fromkeys(
    [
        *("check_administration", *catalogue.DATA_SETS, "deletions", "control_totals", "reconcile", "announce"),
        "conclude",
    ],
    "success",
)


def dag_of(code: int) -> str:
    return f"exact_online_nl_{code}"


def import_again(nights, code: int, seconds: float = 240, **params):
    """Trigger one administration with parameters of the form and return the run when it is over."""
    run_id = nights.airflow.trigger(dag_of(code), params)
    wait_until(lambda: nights.airflow.run(dag_of(code), run_id).is_over, seconds)
    return nights.airflow.run(dag_of(code), run_id)


def loads_of(nights, run_id: str) -> dict[str, tuple]:
    rows = nights.sql(
        "select endpoint, outcome, watermark_from, watermark_to, rows_read, rows_unchanged from exact_ops.loads "
        "where run_id = %s and endpoint not in ('reporting_balances')",
        run_id,
    )
    return {endpoint: tuple(rest) for endpoint, *rest in rows}


def marts_are_up_to_date(nights) -> bool:
    """Whether the last build is over and shows everything that is stored."""
    is_over = nights.airflow.latest("exact_online_marts").is_over
    return is_over and commands.plugin_json(nights.settings, "status")["marts"]["is_up_to_date"]


def status(nights, code: int) -> tuple[str, str]:
    return nights.sql(
        "select status, coalesce(status_reason, '') from exact_ops.administrations where division_code = %s", code
    )[0]


def test_the_first_night_is_green_and_what_the_licence_lacks_is_said(nights):
    for code in (HOLDING, COMPANY, BELGIAN, DOLLARS, POOR):
        run = nights.airflow.latest(dag_of(code))
        assert (run.state, run.tasks) == ("success", DONE_WELL), code
        assert_copy_is_complete(nights, code)
    skipped = nights.sql(
        "select distinct endpoint, error_message from exact_ops.loads join exact_ops.administrations using "
        "(administration_id) where division_code = %s and outcome = 'skipped'",
        POOR,
    )
    assert {endpoint for endpoint, _ in skipped} == {"budget_scenarios", "budgets", "projects", "project_wbs"}
    assert all("status 40" in message for _, message in skipped)
    assert "Projects > View projects" in status(nights, POOR)[1]


def test_an_idle_night_costs_what_the_readme_promises(nights):
    run = import_again(nights, HOLDING)
    assert run.state == "success"
    loads = loads_of(nights, run.run_id)
    streams = [each for each in catalogue.endpoints().values() if each.is_sync]
    moved = {each.name: loads[each.name] for each in streams if loads[each.name][1] != loads[each.name][2]}
    assert moved == {}, "no watermark moves when nothing is new"
    per_stream = nights.sql("select max(calls) from exact_ops.loads where run_id = %s and kind = 'sync'", run.run_id)
    assert per_stream == [(1,)]
    total = nights.sql("select sum(calls) from exact_ops.loads where run_id = %s", run.run_id)[0][0]
    assert total <= 28


def test_only_the_data_sets_asked_for_are_loaded(nights):
    run = import_again(nights, HOLDING, data_sets=["fixed_assets", "fiscal_periods"])
    assert run.state == "success"
    assert {task for task, state in run.tasks.items() if state == "skipped"} == {
        *("general_ledger", "chart_of_accounts", "analytical_axes", "outstanding_items"),
    }
    wanted = {each.name for name in ("fixed_assets", "fiscal_periods") for each in catalogue.of_data_set(name)}
    assert set(loads_of(nights, run.run_id)) - {"deletions"} == wanted
    assert "without analytical_axes, chart_of_accounts" in status(nights, HOLDING)[1]


def test_a_module_that_was_taken_away_is_said_and_its_rows_stay(nights):
    before = live_rows(nights, DOLLARS)
    refused = {"path_contains": f"{DOLLARS}/assets/", "status": 403, "times": 100}
    nights.sandbox("POST", "faults", json=[refused])
    run = import_again(nights, DOLLARS)
    nights.sandbox("DELETE", "faults")
    assert (run.state, run.tasks) == ("success", DONE_WELL)
    word, reason = status(nights, DOLLARS)
    assert word == "succeeded"
    assert reason.startswith("without asset_groups, assets, ")
    assert "View assets (needs the module Fixed assets in the licence)" in reason
    assert live_rows(nights, DOLLARS) == before


def test_a_full_refresh_reads_everything_and_changes_nothing(nights):
    wait_until(lambda: marts_are_up_to_date(nights), 240)
    before = nights.marts()
    run = import_again(nights, HOLDING, full_refresh=True)
    assert (run.state, run.tasks) == ("success", DONE_WELL)
    loads = loads_of(nights, run.run_id)
    assert set(loads) == set(catalogue.endpoints()) - {"reporting_balances"}
    assert all(read == unchanged for outcome, _, _, read, unchanged in loads.values() if outcome == "succeeded")
    assert loads["transaction_lines"][3] > 2000
    wait_until(lambda: marts_are_up_to_date(nights), 240)
    assert nights.marts() == before
    log = nights.log_of(dag_of(HOLDING), run.run_id, "check_administration")
    assert "Reading everything from the beginning: about " in log


def test_a_date_reads_what_changed_since(nights):
    day = nights.sandbox("GET", "health")["today"]
    run = import_again(nights, HOLDING, from_date=day)
    assert run.state == "success"
    loads = loads_of(nights, run.run_id)
    assert 0 < loads["transaction_lines"][3] < 1000, "some lines are of the books' last day, most are not"
    assert loads["gl_accounts"][3] > 100, "no date for accounts: all of them"


def test_a_spent_day_is_waited_for_without_a_worker_and_the_import_resumes(nights):
    nights.sandbox("POST", "advance", json={"steps": 4})
    resets_at = datetime.now(UTC) + timedelta(seconds=45)
    headers = {
        **{"X-RateLimit-Limit": "5000", "X-RateLimit-Remaining": "0"},
        "X-RateLimit-Reset": str(int(resets_at.timestamp() * 1000)),
    }
    fault = {"path_contains": f"{COMPANY}/sync/Financial/TransactionLines", "status": 429, "headers": headers}
    nights.sandbox("POST", "faults", json=[fault])
    run_id = nights.airflow.trigger(dag_of(COMPANY))
    wait_until(lambda: nights.airflow.run(dag_of(COMPANY), run_id).tasks.get("general_ledger") == "deferred", 60)
    wait_until(lambda: nights.airflow.run(dag_of(COMPANY), run_id).is_over, 240)
    run = nights.airflow.run(dag_of(COMPANY), run_id)
    assert (run.state, run.tasks) == ("success", DONE_WELL)
    assert datetime.now(UTC) > resets_at
    assert_copy_is_complete(nights, COMPANY)


def test_a_history_with_killed_workers_ends_with_what_exact_has(nights):
    """A random history; at least five times the worker of a running task is killed."""
    rng = random.Random("kills through Airflow")
    kills = 0
    while kills < 5:
        nights.sandbox("POST", "advance", json={"steps": rng.randint(40, 80)})
        if rng.random() < 0.5:
            incident = rng.choice(["lose_entry", "regenerate_terms", "move_line", "move"])
            nights.sandbox("POST", "incidents", json={"code": BELGIAN, "incident": incident})
        run_id = nights.airflow.trigger(dag_of(BELGIAN))
        kills += kill_workers(nights, BELGIAN, run_id, rng)
        wait_until(lambda run_id=run_id: nights.airflow.run(dag_of(BELGIAN), run_id).is_over, 300)
        assert nights.airflow.run(dag_of(BELGIAN), run_id).state == "success", f"{kills} kills"
    nights.sql_do(
        "update exact_ops.reconciliations set compared_at = compared_at - interval '8 days'",
        "update exact_ops.loads set started_at = started_at - interval '8 days', "
        "finished_at = finished_at - interval '8 days'",
    )
    assert import_again(nights, BELGIAN).state == "success"
    assert_copy_is_complete(nights, BELGIAN)


def kill_workers(nights, code: int, run_id: str, rng: random.Random) -> int:
    """Kill the processes of two tasks of a run, each at a random moment while it runs; return how many there were."""
    tasks = ["general_ledger", "outstanding_items", "chart_of_accounts", "analytical_axes", "control_totals"]
    wanted, kills = set(rng.sample(tasks, 2)), 0
    deadline = time.monotonic() + 60
    while wanted and time.monotonic() < deadline:
        instances = nights.airflow.instances(dag_of(code), run_id)
        for task in sorted(wanted):
            state = instances.get(task, {}).get("state")
            if state == "running":
                time.sleep(rng.random() * 0.2)  # a task of small books is over after some tenths of a second
                kills += kill(instances[task]["id"])
            if state in ("running", "success", "failed"):
                wanted.remove(task)
        time.sleep(0.05)
    return kills


def kill(task_instance: str) -> bool:
    """Kill the processes that run a task, as a machine that goes down does; return whether there were any."""
    victims = [
        process
        for process in psutil.process_iter(["cmdline"])
        if task_instance in " ".join(process.info["cmdline"] or [])
    ]
    for victim in victims:
        victim.send_signal(signal.SIGKILL)
    return bool(victims)


def test_each_administration_in_trouble_says_so_with_a_remedy_and_the_others_load(nights):
    lines = "select max(loaded_at) from exact_raw.transaction_lines join exact_ops.administrations using " + (
        "(administration_id) where division_code = %s"
    )
    before = nights.sql(lines, POOR)
    nights.sandbox("POST", "divisions", json={"code": HOLDING, "values": {"Status": 2}})
    nights.sandbox("POST", "divisions", json={"code": COMPANY, "values": {"BlockingStatus": 1}})
    nights.sandbox("POST", "revoke", json={"division": BELGIAN})
    nights.sandbox("POST", "revoke", json={"division": DOLLARS, "gone": True})
    nights.sandbox("POST", "advance", json={"steps": 3})
    runs = {code: nights.airflow.trigger(dag_of(code)) for code in (HOLDING, COMPANY, BELGIAN, DOLLARS, POOR)}
    wait_until(lambda: all(nights.airflow.run(dag_of(code), run_id).is_over for code, run_id in runs.items()), 240)
    ends = {code: nights.airflow.run(dag_of(code), run_id).state for code, run_id in runs.items()}
    assert ends == {HOLDING: "failed", COMPANY: "failed", BELGIAN: "failed", DOLLARS: "failed", POOR: "success"}
    found = {code: status(nights, code) for code in runs}
    assert {code: word for code, (word, _) in found.items()} == {
        **{HOLDING: "archived", COMPANY: "blocked", BELGIAN: "no_access", DOLLARS: "not_found", POOR: "succeeded"},
    }
    assert "Reactivate it there or remove it" in found[HOLDING][1]
    assert "The next run tries again" in found[COMPANY][1]
    assert "user name > Users" in found[BELGIAN][1]
    assert "Select it under its new code" in found[DOLLARS][1]
    assert nights.sql(lines, POOR) > before


def test_what_was_in_trouble_resumes_by_itself_and_a_restored_one_is_read_in_full(nights):
    nights.sandbox("POST", "divisions", json={"code": HOLDING, "values": {"Status": 1}})
    nights.sandbox("POST", "divisions", json={"code": COMPANY, "values": {"BlockingStatus": 0}})
    nights.sandbox("POST", "revoke", json={"division": BELGIAN, "restore": True})
    for code in (HOLDING, COMPANY, BELGIAN):
        assert import_again(nights, code).state == "success"
        assert status(nights, code)[0] == "succeeded"
        assert_copy_is_complete(nights, code)
    log = nights.log_of(dag_of(COMPANY), nights.airflow.latest(dag_of(COMPANY)).run_id, "general_ledger")
    assert "transaction_lines is read in full: Exact is restoring or copying the administration" in log


def test_a_purge_leaves_a_receipt_that_closes_with_the_marts(nights):
    done = nights.stack("cli", ARGS=f"disconnect {POOR} --purge --json")
    assert done.returncode == 0, done.stderr
    wait_until(lambda: nights.sql("select closed_at is not null from exact_ops.removals") == [(True,)], 240)
    rows, purged, name = nights.sql("select rows_removed, is_purged, removed_by from exact_ops.removals")[0]
    assert rows > 2000
    assert purged
    assert name
    assert nights.sql("select count(*) from marts.dim_administrations where division_code = %s", POOR) == [(0,)]
