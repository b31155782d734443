"""A connected administration, and the recipe running against scripted answers of Exact."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
import requests

from exact_online import __main__ as command_line
from exact_online.client import ExactClient
from exact_online.extract import Run
from stack import login, ports, settings
from tests.conftest import DIVISION
from tests.fakes import Answer, FakeExact

BASE = "http://exact.test"


class OneToken:
    """A token that always works."""

    def access_token(self, rejected=None):
        return "token"


class NoLimit:
    """Budgets without end, for calls and for errors."""

    def take(self):
        pass

    def observe(self, headers):
        pass

    def check(self, endpoint):
        pass

    def record(self, endpoint, status, reason):
        pass


def page_of(rows: list[dict], next_link: str | None = None) -> Answer:
    """Return rows in Exact's envelope."""
    content = {"d": {"results": rows, **({"__next": next_link} if next_link else {})}}
    return Answer(200, json.dumps(content).encode())


def right(granted: bool = True) -> Answer:
    """Return Exact's answer to whether the user may read an endpoint."""
    return Answer(200, json.dumps({"d": {"UserHasRights": granted}}).encode())


def behind(version: int) -> str:
    """Return a link to the next page that proves the order of the stream: it goes on behind a row version."""
    return f"{BASE}/api/v1/77/x?$filter=Timestamp%20gt%200L&$skiptoken={version}L"


@pytest.fixture
def run(connection: psycopg.Connection, administration_id):
    """Return a function that makes a Run whose client gets the given answers."""

    def make(*answers: Answer | Exception, full_refresh: bool = False) -> Run:
        exact = FakeExact(list(answers))
        client = ExactClient(
            BASE, DIVISION, OneToken(), NoLimit(), NoLimit(), exact.session(), sleep=lambda seconds: None
        )
        made = Run(connection, client, administration_id, "run-1", full_refresh)
        object.__setattr__(made, "exact", exact)
        return made

    return make


@pytest.fixture
def stored(connection, administration_id):
    """Return a function that gives the live rows of a raw table: {id: payload}."""

    def read(endpoint: str, live: bool = True) -> dict[str, dict]:
        return dict(
            connection.execute(
                f"select id, payload from exact_raw.{endpoint} "
                "where administration_id = %s and (deleted_at is null) = %s",
                (administration_id, live),
            ).fetchall()
        )

    return read


@pytest.fixture
def budgets(warehouse_url) -> Iterator[psycopg.Connection]:
    """Yield the connection of the budgets of a load: it asks for a page while another one is being stored."""
    with closing(psycopg.connect(warehouse_url, autocommit=True)) as opened:
        yield opened


REDIRECT = "http://127.0.0.1:8080/exact-online/callback"


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
