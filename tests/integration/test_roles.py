"""Loader and dbt as logins of their own: each does its work, and cannot do the other's nor read a secret."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from exact_online import __main__ as command_line
from exact_online import builds, registry, warehouse
from tests.dbt.project import run_dbt
from tests.integration.books import Books, books_of, differences

pytestmark = pytest.mark.integration
LOGINS = {"carla": "exact_loader", "dirk": "exact_dbt"}


@pytest.fixture
def books(tmp_path, connection) -> Iterator[Books]:
    with books_of(tmp_path, connection, 0, has_limits=False) as books:
        yield books


@pytest.fixture
def logins(connection, postgres, books) -> Iterator[None]:
    """One login per role, nothing more."""
    assert command_line.main(["roles"]) == 0
    assert command_line.main(["roles"]) == 0, "granting again changes nothing"
    for name, role in LOGINS.items():
        connection.execute(f"create role {name} login password 'word' in role {role}")
    yield
    for name in LOGINS:
        connection.execute(f"drop owned by {name} cascade")
        connection.execute(f"drop role {name}")
    for role in LOGINS.values():
        connection.execute(f"drop owned by {role} cascade")
        connection.execute(f"drop role {role}")


@contextmanager
def login(url: str, name: str) -> Iterator[psycopg.Connection]:
    with closing(psycopg.connect(make_conninfo(url, user=name, password="word"), autocommit=True)) as opened:
        yield opened


def test_the_loader_imports_everything_with_its_own_rights(books, logins, warehouse_url, monkeypatch):
    own = make_conninfo(warehouse_url, user="carla", password="word")
    monkeypatch.setattr(warehouse, "connect", lambda autocommit=False: psycopg.connect(own, autocommit=autocommit))
    with login(warehouse_url, "carla") as loader:
        books.connection = loader
        assert books.sync() == []
        assert differences(books) == {}
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            loader.execute("drop table exact_raw.gl_accounts")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            loader.execute("create schema mine")


def test_dbt_builds_with_its_own_rights_and_sees_no_secret(books, logins, connection, warehouse_url, tmp_path):
    assert books.sync() == []
    run_dbt(
        ["run", "--select", "staging"], tmp_path, {**variables_of(warehouse_url, "dirk"), "WAREHOUSE_PASSWORD": "word"}
    )
    (built,) = connection.execute("select count(*) from staging.stg_exact_online__gl_accounts").fetchone()
    assert built > 50
    with login(warehouse_url, "dirk") as dbt:
        builds.begin(dbt, "r")
        builds.finish(dbt, "r")
        assert dbt.execute("select environment, state from exact_ops.integrations").fetchall() == [("nl", "connected")]
        for forbidden in (
            "select token_ciphertext from exact_ops.integrations",
            "select client_secret_ciphertext from exact_ops.integrations",
            "select * from exact_ops.pending_connections",
            "delete from exact_raw.gl_accounts",
            "update exact_ops.watermarks set watermark = 0",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                dbt.execute(forbidden)


def variables_of(url: str, user: str) -> dict[str, str]:
    parts = conninfo_to_dict(url)
    return {
        "WAREHOUSE_HOST": parts["host"], "WAREHOUSE_PORT": str(parts["port"]), "WAREHOUSE_USER": user,
        "WAREHOUSE_PASSWORD": parts.get("password") or "word", "WAREHOUSE_DATABASE": parts["dbname"],
    }  # fmt: skip


@pytest.fixture
def analyst(connection) -> Iterator[str]:
    """A login that is an analyst."""
    yield "anna_of_roles"
    connection.execute("drop owned by anna_of_roles cascade")
    connection.execute("drop role anna_of_roles")


def test_an_analyst_may_be_limited_to_some_administrations(
    books, analyst, connection, warehouse_url, tmp_path, monkeypatch
):
    assert books.sync() == []
    (other,) = registry.select_administrations(
        connection, 1, "nl", [{"Code": 9, "Description": "Others", "Currency": "EUR"}]
    )
    monkeypatch.setenv("EXACT_ONLINE_ROW_SECURITY", "on")
    what = ["build", "--select", "+dim_journals", "--resource-type", "model", "--resource-type", "seed"]
    run_dbt(what, tmp_path, variables_of(warehouse_url, conninfo_to_dict(warehouse_url)["user"]))
    connection.execute(f"create role {analyst} login password 'word' in role analyst")
    with login(warehouse_url, analyst) as person:

        def seen() -> int:
            return person.execute("select count(*) from marts.dim_journals").fetchone()[0]

        everything = seen()
        assert everything > 5
        assert command_line.main(["analyst", analyst, str(books.code)]) == 0
        own = seen()
        assert 5 < own < everything
        assert command_line.main(["analyst", analyst, "9"]) == 0
        assert seen() == everything - own, "the other one has no more than its row for what is unknown"
        assert person.execute("select distinct administration_id from marts.dim_journals").fetchall() == [(other,)]
        run_dbt(what, tmp_path, variables_of(warehouse_url, conninfo_to_dict(warehouse_url)["user"]))
        assert seen() == everything - own, "a table that was made anew is as closed as before"
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            person.execute("select * from exact_ops.limited_analysts")
        assert command_line.main(["analyst", analyst, "--all"]) == 0
        assert seen() == everything
