"""The plugin's own commands and recipes against the real sandbox server, over real HTTP, into a real PostgreSQL."""

from __future__ import annotations

import io
import json
import multiprocessing
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
import requests

from exact_online import __main__ as command_line
from exact_online import catalogue, due, registry, warehouse
from exact_online.cipher import Cipher
from exact_online.client import ExactClient, new_session
from exact_online.errors import ReauthorizationRequired
from exact_online.extract import Run, load_endpoint
from exact_online.limits import CallBudget
from exact_online.oauth import Token
from exact_online.vault import Vault, store_token
from stack import login, ports, settings

pytestmark = pytest.mark.integration
REDIRECT = "http://127.0.0.1:8080/exact-online/callback"


class Sandbox:
    """A running sandbox and its control API."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.clock = MovedClock(self)

    def __call__(self, method: str, path: str, **kwargs):
        answer = requests.request(method, f"{self.url}/_sandbox/{path}", timeout=60, **kwargs)
        answer.raise_for_status()
        return answer.json() if answer.content else None


@pytest.fixture
def sandbox(tmp_path) -> Iterator[Sandbox]:
    """Run a sandbox with small books."""
    port = ports.free_port()
    command = [sys.executable, "-m", "sandbox", "--port", str(port), "--state-dir", str(tmp_path / "sandbox")]
    command += ["--size", "small", "--redirect-uri", REDIRECT, "--client-id", settings.SANDBOX_CLIENT_ID]
    command += ["--client-secret", settings.SANDBOX_CLIENT_SECRET]
    process = subprocess.Popen(command, cwd=settings.ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)
    found = Sandbox(f"http://127.0.0.1:{port}")
    deadline = time.monotonic() + 30
    while True:
        try:
            found("GET", "health")
            break
        except requests.RequestException:
            assert time.monotonic() < deadline
            assert process.poll() is None
            time.sleep(0.1)
    yield found
    process.terminate()
    process.wait(timeout=10)


@pytest.fixture
def command(capsys, monkeypatch):
    """Return a function that runs a command in this process: (exit code, JSON or text, standard error)."""

    def run(*arguments: str, stdin: str = ""):
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        code = command_line.main(list(arguments))
        printed = capsys.readouterr()
        return code, json.loads(printed.out) if "--json" in arguments and code == 0 else printed.out, printed.err

    return run


@pytest.fixture
def connected(sandbox, connection, command, monkeypatch) -> Sandbox:
    """A sandbox the plugin is connected to by its own two commands and a person's clicks."""
    monkeypatch.setenv("EXACT_ONLINE_CLIENT_SECRET", settings.SANDBOX_CLIENT_SECRET)
    monkeypatch.delenv("EXACT_ONLINE_AIRFLOW_URL", raising=False)
    start = ("connect", "--environment", "nl", "--base-url", sandbox.url, "--redirect-uri", REDIRECT)
    code, address, error = command(*start, "--client-id", settings.SANDBOX_CLIENT_ID)
    assert code == 0, error
    redirected = login.consent(address.strip(), REDIRECT)
    code, _, error = command("connect", "--redirected-url", "-", stdin=redirected + "\n")
    assert code == 0, error
    code, _, error = command("connect", "--redirected-url", "-", stdin=redirected + "\n")
    assert code == 2, "the same redirect address works once"
    return sandbox


class MovedClock:
    """Our clock and the sandbox's, moved together instead of waiting for the next minute."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def sleep(self, seconds: float) -> None:
        self._ahead += timedelta(seconds=seconds)
        self._sandbox("POST", "clock", json={"seconds": seconds})


def run_for(sandbox, connection, administration, run_id="r") -> Run:
    session = new_session()
    vault = Vault(administration.integration_id, warehouse.connect, Cipher(), session)
    code, clock = administration.division_code, sandbox.clock
    budget = CallBudget(connection, administration.client_id, code, clock=clock, sleep=clock.sleep)
    client = ExactClient(administration.base_url, administration.division_code, vault, budget, session)
    return Run(connection, client, administration.administration_id, run_id)


def load_everything(sandbox, connection, administration, run_id="r") -> int:
    """Load as the DAG does and return the number of calls."""
    run = run_for(sandbox, connection, administration, run_id)
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


def test_everything_that_stands_in_the_books_stands_in_raw_and_stays_so(connected, connection, command):
    code, seen, _ = command("administrations", "--json")
    assert code == 0
    assert [each["connected"] for each in seen] == [False] * len(seen)
    chosen = seen[0]["code"]
    code, selected, error = command("select", str(chosen), "--json")
    assert (code, selected[0]["dag_id"]) == (0, f"exact_online_nl_{chosen}"), error
    (administration,) = registry.administrations(connection)

    first = load_everything(connected, connection, administration)
    assert_raw_equals_books(connected, connection, chosen)
    second = load_everything(connected, connection, administration, "again")
    changed = connection.execute(
        "select sum(rows_inserted + rows_updated + rows_deleted) from exact_ops.loads where run_id = 'again'"
    ).fetchone()
    assert changed == (0,)
    assert second < first / 2, f"{first} calls, then {second}"

    connected("POST", "advance", json={"steps": 16})
    load_everything(connected, connection, administration, "later")
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


def test_an_expired_token_is_refreshed_once_and_the_load_goes_on(connected, connection, command):
    _, seen, _ = command("administrations", "--json")
    command("select", str(seen[0]["code"]))
    (administration,) = registry.administrations(connection)
    age_token(connection, administration.integration_id, 601)
    connected("POST", "clock", json={"seconds": 601})
    run = run_for(connected, connection, administration)
    assert load_endpoint(run, catalogue.endpoints()["journals"]).counts.rows_read > 5
    (issued,) = connection.execute(
        "select token_issued_at > now() - interval '1 minute' from exact_ops.integrations"
    ).fetchone()
    assert issued


def age_token(connection, integration_id, seconds):
    """Make the stored pair older than it is, as if time had passed here too."""
    from datetime import timedelta

    (ciphertext,) = connection.execute("select token_ciphertext from exact_ops.integrations").fetchone()
    token = msgspec.json.decode(Cipher().decrypt(ciphertext), type=Token)
    older = Token(token.access_token, token.refresh_token, token.issued_at - timedelta(seconds=seconds))
    store_token(connection, Cipher(), integration_id, older)


def _ask_for_a_token(integration_id, barrier, answers):
    """Run in a process of its own."""
    with closing(new_session()) as session:
        vault = Vault(integration_id, warehouse.connect, Cipher(), session)
        barrier.wait()
        answers.put(vault.access_token())


def test_eight_processes_with_an_expired_token_make_one_refresh(connected, connection):
    (integration,) = registry.integrations(connection)
    age_token(connection, integration["integration_id"], 601)
    connected("POST", "clock", json={"seconds": 601})
    before = connected("GET", "calls")["token_calls"]
    context = multiprocessing.get_context("spawn")
    barrier, answers = context.Barrier(8), context.Queue()
    arguments = (integration["integration_id"], barrier, answers)
    workers = [context.Process(target=_ask_for_a_token, args=arguments) for _ in range(8)]
    for worker in workers:
        worker.start()
    tokens = {answers.get(timeout=60) for _ in workers}
    for worker in workers:
        worker.join(timeout=10)
    assert len(tokens) == 1
    assert connected("GET", "calls")["token_calls"] == before + 1


def test_a_revoked_grant_asks_for_a_person_and_is_not_tried_again(connected, connection, command):
    (integration,) = registry.integrations(connection)
    connected("POST", "revoke", json={})
    age_token(connection, integration["integration_id"], 601)
    vault = Vault(integration["integration_id"], warehouse.connect, Cipher(), new_session())
    for _ in range(2):
        with pytest.raises(ReauthorizationRequired):
            vault.access_token()
    (found,) = registry.integrations(connection)
    assert found["state"] == "reconnect_required"
    code, _, error = command("administrations")
    assert code == 3
    assert "connect" in error.lower()


def test_faults_on_the_way_lose_nothing(connected, connection, command):
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
    load_everything(connected, connection, administration)
    assert_raw_equals_books(connected, connection, seen[1]["code"])


def test_no_cookie_of_exact_is_sent_back(connected, connection, command):
    _, seen, _ = command("administrations", "--json")
    command("select", str(seen[0]["code"]))
    (administration,) = registry.administrations(connection)
    run = run_for(connected, connection, administration)
    load_endpoint(run, catalogue.endpoints()["journals"])
    token = run.client._tokens.access_token()
    headers = {"Authorization": f"Bearer {token}"}
    answer = run.client._session.get(f"{connected.url}/api/v1/current/Me", headers=headers, timeout=10)
    assert "Set-Cookie" in answer.headers, "the sandbox sends them as Exact does"
    assert list(run.client._session.cookies) == []
