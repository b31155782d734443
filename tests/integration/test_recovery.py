"""Backup and restore, a lost warehouse, a new key: the next import is complete and reads no more than it must."""

from __future__ import annotations

import os
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from cryptography.fernet import Fernet
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from exact_online import __main__ as command_line
from exact_online import migrations
from exact_online.cipher import Cipher
from exact_online.errors import ConfigError
from stack.postgres import binaries
from tests.conftest import airflow_connection
from tests.integration.books import Books, books_of, differences

pytestmark = pytest.mark.integration
HOLDING = 0


@pytest.fixture
def imported(tmp_path, connection) -> Iterator[Books]:
    """The books of an administration, imported once."""
    with books_of(tmp_path, connection, HOLDING, has_limits=False) as books:
        assert books.sync() == []
        yield books


def run(program: str, url: str, *arguments: str) -> None:
    """Run one of PostgreSQL's own programs, as the README has it."""
    parts = conninfo_to_dict(url)
    where = ["-h", parts["host"], "-p", str(parts["port"]), "-U", parts["user"], "-d", parts["dbname"]]
    environment = {"PGPASSWORD": parts.get("password") or ""}
    done = subprocess.run(
        [binaries() / program, *where, *arguments], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture
def empty(postgres, warehouse_url) -> Iterator[str]:
    """Another database on the same server, empty."""
    name = f"restored_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(postgres, autocommit=True) as admin:
        admin.execute(f"create database {name}")
        yield make_conninfo(warehouse_url, dbname=name)
        admin.execute(f"drop database {name} with (force)")


def dumped(warehouse_url: str, directory: Path) -> Path:
    file = directory / "warehouse.dump"
    run("pg_dump", warehouse_url, "--format=custom", "--schema=exact_*", f"--file={file}")
    return file


def restored(file: Path, url: str, postgres: str, monkeypatch) -> None:
    run("pg_restore", url, "--exit-on-error", str(file))
    monkeypatch.setenv("AIRFLOW_CONN_WAREHOUSE", airflow_connection(postgres, conninfo_to_dict(url)["dbname"]))
    migrations.upgrade()


def test_after_a_restore_the_next_import_is_incremental_and_complete(
    imported, warehouse_url, empty, postgres, tmp_path, monkeypatch
):
    file = dumped(warehouse_url, tmp_path)
    # Life goes on between the backup and the loss; what was imported meanwhile is lost with the warehouse.
    imported.advance(40)
    assert imported.sync() == []
    imported.advance(20)
    imported.suffer("move_line")
    restored(file, empty, postgres, monkeypatch)
    with closing(psycopg.connect(empty, autocommit=True)) as connection:
        again = replace(imported, connection=connection, runs=10)
        assert again.sync() == []
        assert differences(again) == {}
        loads = dict(
            connection.execute(
                "select endpoint, rows_read from exact_ops.loads where run_id = 'run-11' and kind = 'sync'"
            ).fetchall()
        )
        (stored,) = connection.execute("select count(*) from exact_raw.transaction_lines").fetchone()
        assert 0 < loads["transaction_lines"] < stored / 4, (
            "from the watermark of the backup on, not from the beginning"
        )


def test_without_a_backup_connecting_again_brings_everything_back(imported, connection, empty, postgres, monkeypatch):
    """A lost warehouse: an empty one is migrated, the login and the selection are made again."""
    monkeypatch.setenv("AIRFLOW_CONN_WAREHOUSE", airflow_connection(postgres, conninfo_to_dict(empty)["dbname"]))
    migrations.upgrade()
    with closing(psycopg.connect(empty, autocommit=True)) as new:
        for table in ("integrations", "administrations"):
            rows = connection.execute(f"select to_jsonb(t)::text from exact_ops.{table} as t").fetchall()
            for (row,) in rows:
                new.execute(
                    f"insert into exact_ops.{table} overriding system value "
                    f"select * from jsonb_populate_record(null::exact_ops.{table}, %s::jsonb)",
                    (row,),
                )
        again = replace(imported, connection=new, runs=20)
        assert again.sync() == []
        assert differences(again) == {}


def ciphertexts(connection) -> list[bytes]:
    rows = connection.execute(
        "select client_secret_ciphertext, token_ciphertext from exact_ops.integrations"
    ).fetchall()
    return [bytes(text) for row in rows for text in row]


def test_a_key_is_rotated_and_the_old_one_forgotten(imported, connection, monkeypatch, capsys):
    old, new = os.environ["EXACT_ONLINE_FERNET_KEY"], Fernet.generate_key().decode()
    monkeypatch.setenv("EXACT_ONLINE_FERNET_KEY", f"{new},{old}")
    assert command_line.main(["rotate-keys"]) == 0
    assert "2" in capsys.readouterr().out
    monkeypatch.setenv("EXACT_ONLINE_FERNET_KEY", new)
    assert all(Cipher(new).decrypt(text) for text in ciphertexts(connection))
    for text in ciphertexts(connection):
        with pytest.raises(ConfigError):
            Cipher(old).decrypt(text)
    imported.advance(10)
    assert imported.sync() == []
    assert differences(imported) == {}


def test_a_rotation_with_a_key_that_does_not_fit_changes_nothing(imported, connection, monkeypatch, capsys):
    before = ciphertexts(connection)
    monkeypatch.setenv("EXACT_ONLINE_FERNET_KEY", Fernet.generate_key().decode())
    assert command_line.main(["rotate-keys"]) == 2
    assert "another key" in capsys.readouterr().err
    assert ciphertexts(connection) == before
