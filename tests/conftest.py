"""A real PostgreSQL for the whole session, and a migrated warehouse of its own for each test that asks for one."""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Iterator
from contextlib import closing

import psycopg
import pytest
from cryptography.fernet import Fernet
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from tests.receivers import Sink, told_by_webhook

#: The code of the administration that tests connect.
DIVISION = 77


@pytest.fixture(scope="session")
def postgres(tmp_path_factory) -> Iterator[str]:
    """Yield the connection string of a server's maintenance database: ours, or TEST_POSTGRES if that is set."""
    if os.environ.get("TEST_POSTGRES"):
        yield os.environ["TEST_POSTGRES"]
        return
    from stack.postgres import temporary_postgres

    with temporary_postgres(tmp_path_factory.mktemp("postgres")) as conninfo:
        yield conninfo


@pytest.fixture(scope="session")
def migrated_template(postgres) -> str:
    """Return the name of a database that holds the plugin's empty schemas; tests copy it."""
    return new_template(postgres)


def new_template(postgres: str) -> str:
    """Make a database that holds the plugin's empty schemas and return its name."""
    name = f"template_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"create database {name}")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AIRFLOW_CONN_WAREHOUSE", airflow_connection(postgres, name))
        from exact_online import migrations

        migrations.upgrade()
    return name


@pytest.fixture
def warehouse_url(postgres, migrated_template, monkeypatch) -> Iterator[str]:
    """Yield the connection string of a fresh migrated warehouse, which the environment names too."""
    name = f"test_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(postgres, autocommit=True) as admin:
        admin.execute(f"create database {name} template {migrated_template}")
        monkeypatch.setenv("AIRFLOW_CONN_WAREHOUSE", airflow_connection(postgres, name))
        monkeypatch.setenv("EXACT_ONLINE_FERNET_KEY", Fernet.generate_key().decode())
        yield make_conninfo(postgres, dbname=name)
        admin.execute(f"drop database {name} with (force)")


@pytest.fixture
def connection(warehouse_url) -> Iterator[psycopg.Connection]:
    """Yield an autocommit connection to a fresh warehouse."""
    with closing(psycopg.connect(warehouse_url, autocommit=True)) as opened:
        yield opened


@pytest.fixture
def integration_id(connection) -> int:
    """An integration with a stored grant."""
    from datetime import UTC, datetime

    from exact_online import registry
    from exact_online.cipher import Cipher
    from exact_online.oauth import App, Token

    app = App("http://exact.test", "app", "app-secret", "https://me/callback")
    token = Token("access-1", "refresh-1", datetime.now(UTC))
    me = {"UserID": "u1", "FullName": "Jo", "CurrentDivision": DIVISION}
    return registry.finish_login(connection, Cipher(), "nl", app, token, me)


@pytest.fixture
def administration_id(connection, integration_id) -> int:
    """A connected administration of the country nl."""
    from exact_online import registry

    division = {"Code": DIVISION, "Description": "Demo", "Currency": "EUR", "Country": "NL "}
    (found,) = registry.select_administrations(connection, integration_id, "nl", [division])
    return found


def airflow_connection(conninfo: str, database: str) -> str:
    """Return a server's connection string as an Airflow connection in JSON."""
    parts = conninfo_to_dict(conninfo)
    return json.dumps(
        {
            "conn_type": "postgres",
            "host": parts["host"],
            "port": int(parts["port"]),
            "login": parts["user"],
            "password": parts.get("password"),
            "schema": database,
        }
    )


@pytest.fixture
def sink(monkeypatch) -> Iterator[Sink]:
    """A webhook that alerts are sent to."""
    with told_by_webhook(monkeypatch) as server:
        yield server
