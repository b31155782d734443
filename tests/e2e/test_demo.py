"""The main job, for real: what Airflow scheduled, what stands in the marts, and what happens on a bad day.

The tests run in this order on one stack; each leaves it working.
"""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import requests

from stack import demo as stack_demo
from stack import supervisor
from stack.settings import ROOT
from tests.e2e.conftest import wait_until

TASKS = {
    *("check_administration", "general_ledger", "chart_of_accounts", "analytical_axes", "outstanding_items"),
    *("fixed_assets", "fiscal_periods", "deletions", "control_totals", "reconcile", "announce", "conclude"),
}
MARTS = {
    *("fct_gl_transaction_lines", "fct_gl_balances", "rpt_trial_balance", "dim_gl_accounts", "map_gl_accounts"),
    *("dim_administrations", "dim_cost_centers", "dim_projects", "dim_fiscal_periods", "fct_outstanding_items"),
    *("dim_fixed_assets", "fct_fixed_asset_movements", "fct_fixed_asset_depreciation", "rpt_reconciliation"),
    *("rpt_cash_flow", "rpt_payment_behaviour", "rpt_fixed_asset_roll_forward"),
}


def connected(demo) -> list[tuple[int, str]]:
    return demo.sql(
        "select division_code, environment from exact_ops.administrations where is_connected order by division_code"
    )


def assert_ledger_ties_out(demo):
    """Our lines are the sandbox's lines, every entry sums to zero, and Exact's own balances agree."""
    truth = demo.sandbox("GET", "truth")["administrations"]
    ours = dict(
        demo.sql(
            "select a.division_code, count(*) from marts.fct_gl_transaction_lines as l "
            "join marts.dim_administrations as a using (administration_id) group by 1"
        )
    )
    assert ours == {code: truth[str(code)]["lines_without_budget"] for code, _ in connected(demo)}
    assert (
        demo.sql(
            "select administration_id, entry_id from marts.fct_gl_transaction_lines "
            "group by 1, 2 having sum(amount) <> 0"
        )
        == []
    )
    checks = demo.sql(
        "select a.division_code, check_name, bool_and(is_ok), count(*) from marts.rpt_reconciliation "
        "join marts.dim_administrations as a using (administration_id) "
        "where check_name in ('entry_balance', 'reporting_balance') group by 1, 2"
    )
    assert {(code, name) for code, name, ok, _ in checks if ok} == {
        (code, name) for code, _ in connected(demo) for name in ("entry_balance", "reporting_balance")
    }
    assert all(rows > 100 for _, name, _, rows in checks if name == "reporting_balance")


def test_the_demo_prints_airflows_address_first_and_the_figures(demo):
    addresses = re.findall(r"https?://[^\s]+", demo.printed)
    assert addresses[0] == demo.settings.airflow_url
    assert demo.settings.secrets().admin_password in demo.printed
    for word in ("Imports", "Ledger", "Open items and fixed assets", "Reconciliation", "reporting_balance"):
        assert word in demo.printed
    assert "OFF BY" not in demo.printed


def test_four_administrations_are_dags_that_airflow_ran_green(demo):
    dags = {f"exact_online_{environment}_{code}" for code, environment in connected(demo)}
    assert len(dags) == 4
    assert demo.airflow.dag_ids() == dags | {"exact_online_marts", "exact_online_upkeep", "exact_online_watch"}
    for dag_id in dags:
        run = demo.airflow.latest(dag_id)
        assert run.run_id.startswith("scheduled__"), "the scheduler itself starts the first import"
        assert run.state == "success"
        assert run.tasks == dict.fromkeys(TASKS, "success")
    wait_until(lambda: demo.airflow.latest("exact_online_marts").is_over, 60)
    assert demo.airflow.latest("exact_online_marts").state == "success"


def test_the_marts_hold_what_stands_in_the_books(demo):
    assert {name for name in demo.marts()} >= MARTS
    assert_ledger_ties_out(demo)


def test_no_call_was_refused(demo):
    assert demo.sandbox("GET", "calls")["refused"] == 0


def test_a_second_run_changes_no_mart_and_costs_far_fewer_calls(demo):
    before = demo.marts()
    first = demo.sql("select sum(calls) from exact_ops.loads")[0][0]
    done = demo.stack("sync")
    assert done.returncode == 0, done.stderr
    second = demo.sql("select sum(calls) from exact_ops.loads")[0][0] - first
    assert demo.marts() == before
    assert second < first / 2, f"{first} calls, then {second}"
    assert "0 raw rows changed" in done.stdout


def test_edits_deletions_and_new_entries_arrive(demo):
    before = demo.marts()
    demo.sandbox("POST", "advance", json={"steps": 5})
    done = demo.stack("sync")
    assert done.returncode == 0, done.stderr
    assert demo.marts()["fct_gl_transaction_lines"] != before["fct_gl_transaction_lines"]
    assert_ledger_ties_out(demo)


def test_sql_prints_bare_rows(demo):
    done = demo.stack("sql", Q="select 1, null, true, 'x y' union all select 2, 'b', false, 'z' order by 1")
    assert (done.returncode, done.stdout) == (0, "1\t\tt\tx y\n2\tb\tf\tz\n")
    broken = demo.stack("sql", Q="select nonsense")
    assert broken.returncode != 0
    assert "nonsense" in broken.stderr


def test_docs_are_built_with_lineage_and_served(demo):
    command = [sys.executable, "-m", "stack", "docs"]
    environment = demo.environment | {"PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            addresses = (re.search(r"http://localhost:\d+", line) for line in process.stdout)
            address = next(found.group() for found in addresses if found)
            page = requests.get(address, timeout=10)
            manifest = requests.get(f"{address}/manifest.json", timeout=30).json()
            catalog = requests.get(f"{address}/catalog.json", timeout=30).json()
        finally:
            for each in [*psutil.Process(process.pid).children(recursive=True), process]:
                each.terminate()
    assert "<html" in page.text
    described = {
        node["metadata"]["name"] for node in catalog["nodes"].values() if node["metadata"]["schema"] == "marts"
    }
    assert described >= MARTS
    parents = manifest["parent_map"]["model.exact_online.fct_gl_balances"]
    assert "model.exact_online.int_gl_lines_summed" in parents
    assert manifest["parent_map"]["exposure.exact_online.questions_of_analysts"]


def test_a_fifth_administration_appears_and_disappears_without_a_restart(demo):
    seen = json.loads(demo.stack("cli", ARGS="administrations --json").stdout)
    code = next(each["code"] for each in seen if not each["connected"] and each["status"] == "active")
    selected = json.loads(demo.stack("cli", ARGS=f"select {code} --json").stdout)
    dag_id, run_id = selected[0]["dag_id"], selected[0]["run_id"]
    assert dag_id in demo.airflow.dag_ids()
    wait_until(lambda: demo.airflow.run(dag_id, run_id).state == "success", 240)
    lines = "select count(*) from marts.fct_gl_transaction_lines where administration_id = %s"
    in_the_books = demo.sandbox("GET", "truth")["administrations"][str(code)]["lines_without_budget"]
    wait_until(lambda: demo.sql(lines, selected[0]["administration_id"]) == [(in_the_books,)], 240)
    assert demo.stack("cli", ARGS=f"disconnect {code} --purge").returncode == 0
    wait_until(lambda: dag_id not in demo.airflow.dag_ids(), 180)
    wait_until(lambda: demo.sql(lines, selected[0]["administration_id"]) == [(0,)], 240)
    assert demo.sql("select 1 from exact_ops.administrations where division_code = %s", code) == []
    assert demo.stack("cli", ARGS=f"disconnect {code}").returncode == 4
    assert len(connected(demo)) == 4


def test_a_revoked_grant_turns_red_with_the_remedy_and_resumes_after_reconnecting(demo):
    demo.sandbox("POST", "revoke", json={})
    code, environment = connected(demo)[0]
    assert demo.stack("cli", ARGS=f"sync {code}").returncode == 0
    dag_id = f"exact_online_{environment}_{code}"
    wait_until(lambda: demo.airflow.latest(dag_id).is_over, 240)
    run = demo.airflow.latest(dag_id)
    assert (run.state, run.tasks["check_administration"]) == ("failed", "failed")
    stack_demo.connect(demo.settings)
    assert demo.sql("select state from exact_ops.integrations") == [("connected",)], "the same grant, not a second one"
    assert demo.stack("sync").returncode == 0
    assert_ledger_ties_out(demo)


def test_no_secret_is_written_anywhere_in_clear(demo):
    """With debug logging on: in log lines, exceptions, XComs, rendered templates, the process list, any column."""
    from exact_online.cipher import Cipher

    secrets = demo.settings.secrets()
    (ciphertext,) = demo.sql("select token_ciphertext from exact_ops.integrations")[0]
    pair = json.loads(Cipher(secrets.fernet_key).decrypt(ciphertext))
    hidden = {
        "access token": pair["access_token"],
        "refresh token": pair["refresh_token"],
        "any token the sandbox ever issued": pair["access_token"][:11],
        "authorization header": "Authorization: Bearer",
        "client secret": "sandbox-secret",
        "fernet key": secrets.fernet_key,
        "postgres password": secrets.postgres_password,
    }
    logs = [*(demo.settings.directory / "logs").rglob("*.log"), *(demo.settings.directory / "airflow").rglob("*.log")]
    assert len(logs) > 50
    texts = {path: path.read_text("utf-8", errors="replace") for path in logs}
    assert sum('"level":"debug"' in text for text in texts.values()) > 50, "tasks did log everything they may"
    assert {name: path for name, secret in hidden.items() for path, text in texts.items() if secret in text} == {}
    stored = dict(demo.everything_stored())
    assert {"warehouse.exact_ops.integrations", "airflow.public.xcom", "airflow.public.log"} <= set(stored)
    assert "airflow.public.rendered_task_instance_fields" in stored
    assert {
        (name, table) for table, text in stored.items() for name, secret in hidden.items() if secret in text
    } == set()
    with_commands = [" ".join(process.info["cmdline"] or []) for process in psutil.process_iter(["cmdline"])]
    for name, secret in hidden.items():
        if name != "client secret":  # of the sandbox: public, its own process is started with it
            assert not [line for line in with_commands if secret in line], name


def test_a_killed_stack_starts_again_and_goes_on(demo):
    before = demo.marts()
    for each in supervisor.recorded(demo.settings):
        process = each.process()
        for victim in [*process.children(recursive=True), process] if process else []:
            victim.send_signal(signal.SIGKILL)
    pid = int(Path(demo.settings.directory, "postgres", "data", "postmaster.pid").read_text().split("\n")[0])
    psutil.Process(pid).send_signal(signal.SIGKILL)
    done = demo.stack("demo")
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    assert demo.marts() == before


def test_down_stops_everything_of_ours_and_says_so_the_second_time(demo):
    ours = [each.pid for each in supervisor.recorded(demo.settings)]
    assert demo.stack("down").stdout == "Stopped.\n"
    assert not [pid for pid in ours if psutil.pid_exists(pid)]
    assert "Nothing of this stack was running." in demo.stack("down").stdout
