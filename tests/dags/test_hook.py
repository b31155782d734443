"""ExactOnlineHook as a user's own DAG meets it: a connection, its form, its test button, its records."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime

import pytest

from exact_online import registry
from exact_online.cipher import Cipher
from exact_online.oauth import App, Token
from sandbox.settings import CLIENT_ID, CLIENT_SECRET, REDIRECT_URI
from tests.dags.conftest import ROOT
from tests.sandbox.serving import ACCOUNTS, MAIN, OTHER, POOR, serving

pytestmark = [pytest.mark.dags, pytest.mark.integration]


@pytest.fixture
def exact(tmp_path):
    with serving(tmp_path, has_limits=False) as running:
        yield running


@pytest.fixture
def hook(connection, exact, monkeypatch):
    """A hook whose connection names the sandbox's app, and a function that sets other fields."""
    from exact_online.hook import ExactOnlineHook

    def with_fields(login: str = CLIENT_ID, **extra: str) -> ExactOnlineHook:
        content = {"conn_type": "exact_online", "login": login, "password": CLIENT_SECRET}
        content["extra"] = {"environment": "nl", "base_url": exact.url, **extra}
        monkeypatch.setenv("AIRFLOW_CONN_MY_EXACT", json.dumps(content))
        return ExactOnlineHook("my_exact")

    return with_fields


@pytest.fixture
def logged_in(connection, exact):
    exact.connect()
    token = Token(exact.access_token, exact.refresh_token, datetime.now(UTC))
    user = {"UserID": "u", "FullName": "Demo User", "CurrentDivision": MAIN}
    registry.finish_login(
        connection, Cipher(), "nl", App(exact.url, CLIENT_ID, CLIENT_SECRET, REDIRECT_URI), token, user
    )


def test_a_users_dag_reads_any_administration(hook, logged_in, exact):
    mine = hook()
    assert [row["Code"] for row in mine.administrations()] == [MAIN, OTHER, POOR]
    assert [row["Description"] for row in mine.get_records("gl_accounts", administration=OTHER)] == ["Debiteuren"]
    assert [len(page) for page in mine.get_pages("transaction_lines", filter_="Timestamp gt 0L")] == [5]
    assert mine.get_conn() is mine.client
    mine.close()
    assert ACCOUNTS.endswith("GLAccounts")


def test_a_call_is_counted_whatever_becomes_of_the_page_stored_meanwhile(hook, logged_in, exact, connection):
    mine = hook()
    with closing(mine):
        with mine.warehouse.transaction(force_rollback=True):
            mine.get_records("gl_accounts", administration=OTHER)
        counted = connection.execute("select day_used from exact_ops.call_budgets where division_code = %s", (OTHER,))
        assert counted.fetchall() == [(1,)]


def test_the_test_button_says_who_is_connected_and_calls_nothing_that_writes(hook, logged_in, exact):
    assert hook().test_connection() == (True, "Connected as Demo User: 3 administrations")


def test_the_test_button_says_what_is_missing(hook, exact):
    done, message = hook().test_connection()
    assert (done, "nobody has logged in" in message) == (False, True)
    assert f"connect --client-id {CLIENT_ID}" in message
    assert CLIENT_SECRET not in message


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"login": " "}, "connection my_exact: the client id (login) is empty"),
        ({"environment": "xx"}, "connection my_exact: environment 'xx' is unknown; choose one of nl, be"),
        ({"base_url": "ftp://exact"}, "connection my_exact: base URL 'ftp://exact' is not an http(s) address"),
    ],
    ids=["no client id", "unknown environment", "no address"],
)
def test_a_field_that_is_wrong_is_named(hook, fields, words):
    done, message = hook(**fields).test_connection()
    assert done is False
    assert message.startswith(words)


def test_an_endpoint_that_is_not_in_the_catalogue_is_named(hook, logged_in):
    from exact_online.errors import ConfigError

    with pytest.raises(ConfigError, match="'gl_acounts' is not in the catalogue"):
        hook().get_records("gl_acounts")


def test_a_warehouse_that_is_down_is_one_sentence(hook, monkeypatch):
    down = {"conn_type": "postgres", "host": "127.0.0.1", "port": 1, "login": "x", "password": "pw", "schema": "w"}
    monkeypatch.setenv("AIRFLOW_CONN_WAREHOUSE", json.dumps(down))
    done, message = hook().test_connection()
    assert done is False
    assert message.startswith("the warehouse (connection warehouse) does not answer: ")
    assert "pw" not in message


def test_airflows_connection_form_has_the_type_and_its_fields(tmp_path):
    program = (
        "import json\n"
        "from airflow.providers_manager import ProvidersManager as P\n"
        "manager = P()\n"
        "hook = manager.hooks['exact_online']\n"
        "names = [name.split('__')[1:] for name in manager.connection_form_widgets]\n"
        "fields = [name[1] for name in names if name[0] == 'exact_online']\n"
        "print(json.dumps([hook.hook_name, hook.connection_id_attribute_name, sorted(fields),"
        " manager.field_behaviours['exact_online']['relabeling'], hook.connection_testable]))\n"
    )
    environment = {**os.environ, "AIRFLOW_HOME": str(tmp_path), "PYTHONPATH": str(ROOT / "plugins")}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert json.loads(done.stdout.splitlines()[-1]) == [
        "Exact Online",
        "exact_online_conn_id",
        ["base_url", "environment", "redirect_uri"],
        {"login": "Client ID", "password": "Client secret"},
        True,
    ]
