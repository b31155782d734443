"""The plugin's own commands and recipes against the real sandbox server, over real HTTP, into a real PostgreSQL."""

from __future__ import annotations

import pytest

from exact_online import catalogue, due, registry, warehouse
from exact_online.cipher import Cipher
from exact_online.client import ExactClient, new_session
from exact_online.error_budget import ErrorBudget
from exact_online.extract import Run, load_endpoint
from exact_online.limits import CallBudget
from exact_online.vault import Vault

pytestmark = pytest.mark.integration


def run_for(sandbox, connection, administration, budgets, run_id="r") -> Run:
    session = new_session()
    code, clock = administration.division_code, sandbox.clock
    vault = Vault(administration.integration_id, warehouse.connect, Cipher(), session, clock, clock.sleep)
    budget = CallBudget(budgets, administration.client_id, code, clock=clock, sleep=clock.sleep)
    errors = ErrorBudget(budgets, administration.client_id, code, clock=clock)
    client = ExactClient(administration.base_url, code, vault, budget, errors, session)
    return Run(connection, client, administration.administration_id, run_id)


def load_everything(sandbox, connection, administration, budgets, run_id="r") -> int:
    """Load as the DAG does and return the number of calls."""
    run = run_for(sandbox, connection, administration, budgets, run_id)
    for data_set in (*catalogue.DATA_SETS, catalogue.DELETIONS, catalogue.CONTROL_TOTALS):
        for endpoint in catalogue.of_data_set(data_set):
            slices = [None]
            if data_set == catalogue.CONTROL_TOTALS:
                slices = due.slices_due(connection, administration.administration_id, endpoint)
            for slice_ in slices:
                load_endpoint(run, endpoint, slice_)
    return run.client.calls


def live_rows(connection, endpoint) -> int:
    return connection.execute(f"select count(*) from exact_raw.{endpoint} where deleted_at is null").fetchone()[0]


def test_everything_that_stands_in_the_books_stands_in_raw_and_stays_so(connected, connection, command, budgets):
    code, seen, _ = command("administrations", "--json")
    assert code == 0
    assert [each["connected"] for each in seen] == [False] * len(seen)
    chosen = seen[0]["code"]
    code, selected, error = command("select", str(chosen), "--json")
    assert (code, selected[0]["dag_id"]) == (0, f"exact_online_nl_{chosen}"), error
    (administration,) = registry.administrations(connection)

    first = load_everything(connected, connection, administration, budgets)
    assert_raw_equals_books(connected, connection, chosen)
    second = load_everything(connected, connection, administration, budgets, "again")
    changed = connection.execute(
        "select sum(rows_inserted + rows_updated + rows_deleted) from exact_ops.loads where run_id = 'again'"
    ).fetchone()
    assert changed == (0,)
    assert second < first / 2, f"{first} calls, then {second}"

    connected("POST", "advance", json={"steps": 16})
    load_everything(connected, connection, administration, budgets, "later")
    assert_raw_equals_books(connected, connection, chosen)
    assert connected("GET", "calls")["refused"] == 0


def assert_raw_equals_books(sandbox, connection, code):
    """Compare row counts endpoint by endpoint with the books' own."""
    truth = sandbox("GET", "truth")["administrations"][str(code)]
    live = truth["row_counts"]
    ours = {}
    for endpoint in catalogue.endpoints().values():
        path = endpoint.path.replace("{division}/", "")
        if path in live and endpoint.name != "deletions":
            ours[path] = live_rows(connection, endpoint.name)
    assert len(ours) > 20
    assert ours == {path: live[path] for path in ours}


def test_an_expired_token_is_refreshed_once_and_the_load_goes_on(connected, connection, command, budgets):
    _, seen, _ = command("administrations", "--json")
    command("select", str(seen[0]["code"]))
    (administration,) = registry.administrations(connection)
    connected.clock.sleep(601)
    run = run_for(connected, connection, administration, budgets)
    assert load_endpoint(run, catalogue.endpoints()["journals"]).counts.rows_read > 5
    (issued,) = connection.execute(
        "select token_issued_at > now() - interval '1 minute' from exact_ops.integrations"
    ).fetchone()
    assert issued


def test_faults_on_the_way_lose_nothing(connected, connection, command, budgets):
    _, seen, _ = command("administrations", "--json")
    command("select", str(seen[1]["code"]))
    (administration,) = registry.administrations(connection)
    lines = "sync/Financial/TransactionLines"
    connected(
        "POST",
        "faults",
        json=[
            {"path_contains": lines, "nth": 1, "times": 1, "status": 503},
            {"path_contains": lines, "nth": 2, "times": 1, "kind": "truncate"},
            {"path_contains": "hrm/Costcenters", "nth": 1, "times": 1, "kind": "html"},
        ],
    )
    load_everything(connected, connection, administration, budgets)
    assert_raw_equals_books(connected, connection, seen[1]["code"])


def test_no_cookie_of_exact_is_sent_back(connected, connection, command, budgets):
    _, seen, _ = command("administrations", "--json")
    command("select", str(seen[0]["code"]))
    (administration,) = registry.administrations(connection)
    run = run_for(connected, connection, administration, budgets)
    load_endpoint(run, catalogue.endpoints()["journals"])
    token = run.client._tokens.access_token()
    headers = {"Authorization": f"Bearer {token}"}
    answer = run.client._session.get(f"{connected.url}/api/v1/current/Me", headers=headers, timeout=10)
    assert "Set-Cookie" in answer.headers, "the sandbox sends them as Exact does"
    assert list(run.client._session.cookies) == []
