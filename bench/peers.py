"""The peers on the same pages, each into a database of its own, beside our load and dbt's staging model.

A peer delivers typed columns, so ours is measured to its typed table. `seconds` leaves out the start of an interpreter
where the peer can be asked inside it (dlt, PyAirbyte); a Singer pipe is two programs and counts as it stands.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

from bench import measure, pages
from bench.books import DIVISION, LINES
from bench.environments import environment
from bench.lines import LineFile
from bench.loads import load_and_type
from bench.measure import BenchError, Measured
from bench.paths import BENCH
from bench.warehouse import Server
from exact_online import catalogue
from sandbox.schema import entities

Peer = Callable[[str, dict[str, Any], Path], Measured]
_JSON_KINDS = {"Double": "number", "Boolean": "boolean", **dict.fromkeys(("Int16", "Int32", "Byte"), "integer")}


def kinds() -> dict[str, str]:
    """Return every selected field of a line with the JSON type Exact sends it as."""
    fields = entities()[LINES].fields
    return {name: _JSON_KINDS.get(fields[name], "string") for name in catalogue.endpoints()["transaction_lines"].fields}


def beside_ours(server: Server, lines: LineFile, names: list[str], rounds: int) -> dict[str, list[Measured]]:
    """Load with us and with each peer, interleaved. Raises BenchError where a peer's rows are not all there."""
    with pages.serve(lines, lines.rows) as address:
        contenders = {"ours": lambda: load_and_type(server, address, lines.rows).typed}
        for name in names:
            contenders[name] = _contender(server, PEERS[name], address, lines.rows)
        return measure.interleaved(contenders, rounds)


def _contender(server: Server, peer: Peer, address: str, rows: int) -> Callable[[], Measured]:
    def go() -> Measured:
        with server.database() as conninfo, tempfile.TemporaryDirectory() as directory:
            done = peer(address, conninfo_to_dict(conninfo), Path(directory))
            _require_lines(conninfo, rows)
        server.settle()
        return done

    return go


def _dlt(file_format: str | None) -> Peer:
    def go(address: str, database: dict[str, Any], directory: Path) -> Measured:
        url = "postgresql://{user}:{password}@{host}:{port}/{dbname}".format(**database)
        wanted = {"address": address, "division": DIVISION, "database_url": url, "kinds": kinds()}
        wanted |= {"directory": str(directory), "file_format": file_format}
        return _script("dlt", "dlt_peer", wanted)

    return go


def _airbyte(address: str, database: dict[str, Any], directory: Path) -> Measured:
    at = {"host": database["host"], "port": int(database["port"]), "username": database["user"]}
    at |= {"password": database["password"], "database": database["dbname"]}
    wanted = {"address": address, "division": DIVISION, "database": at, "kinds": kinds(), "directory": str(directory)}
    return _script("airbyte", "airbyte_peer", wanted)


def _script(name: str, script: str, wanted: dict[str, Any]) -> Measured:
    python = str(environment(name) / "python")
    return measure.run([python, str(BENCH / "contenders" / f"{script}.py"), json.dumps(wanted)], {"PYTHONPATH": ""})


def _singer(use_copy: bool) -> Peer:
    def go(address: str, database: dict[str, Any], directory: Path) -> Measured:
        tap, target = environment("singer_tap") / "tap-rest-api-msdk", environment("singer_target") / "target-postgres"
        for name, content in _singer_files(address, database, directory, use_copy).items():
            (directory / name).write_text(json.dumps(content), encoding="utf-8")
        pipe = f"set -o pipefail; {tap} --config {directory}/tap.json | {target} --config {directory}/target.json"
        return measure.run(["bash", "-c", pipe], {"PYTHONPATH": ""})

    return go


def _singer_files(address: str, database: dict[str, Any], directory: Path, use_copy: bool) -> dict[str, dict]:
    schema = {"type": "object", "properties": {name: {"type": ["null", kind]} for name, kind in kinds().items()}}
    stream = {
        **{"name": "transaction_lines", "path": f"/api/v1/{DIVISION}/sync/Financial/TransactionLines"},
        **{"params": {"$select": ",".join(kinds()), "$filter": "Timestamp gt 0L"}, "primary_keys": ["ID"]},
        **{"records_path": "$.d.results[*]", "schema": str(directory / "schema.json")},
    }
    tap = {
        **{"api_url": address, "pagination_request_style": "jsonpath_paginator", "next_page_token_path": "$.d.__next"},
        **{"pagination_response_style": "hateoas_body", "streams": [stream]},
    }
    target = {
        **{"host": database["host"], "port": int(database["port"]), "user": database["user"]},
        **{"password": database["password"], "database": database["dbname"], "default_target_schema": "peer"},
        **{"load_method": "upsert", "use_copy": use_copy, "activate_version": False},
    }
    return {"schema.json": schema, "tap.json": tap, "target.json": target}


def _require_lines(conninfo: str, rows: int) -> None:
    with closing(psycopg.connect(conninfo)) as connection:
        statement = "select count(*), count(distinct id) from peer.transaction_lines"
        try:
            found = connection.execute(statement).fetchone()
        except psycopg.errors.UndefinedColumn:
            connection.rollback()
            found = connection.execute(statement.replace("distinct id", 'distinct "ID"')).fetchone()
    if found != (rows, rows):
        raise BenchError(f"a peer stored {found} lines, not {rows}")


PEERS: dict[str, Peer] = {
    "dlt": _dlt(None),
    "dlt_csv": _dlt("csv"),
    "singer_copy": _singer(use_copy=True),
    "singer": _singer(use_copy=False),
    "airbyte": _airbyte,
}
