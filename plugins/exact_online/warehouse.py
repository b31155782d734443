"""Where the warehouse is, for code that runs without Airflow (commands, DAG parsing, migrations).

Reads `AIRFLOW_CONN_WAREHOUSE`, the same variable Airflow reads, in both its forms (JSON and URI), so there is one
place to configure the database. Tasks get the same connection from Airflow through the hook.
"""

from __future__ import annotations

import json
import os
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from exact_online.errors import ConfigError

VARIABLE = "AIRFLOW_CONN_WAREHOUSE"


def conninfo(value: str | None = None) -> str:
    """Return a libpq connection string. Raises ConfigError naming the variable, never its content."""
    value = os.environ.get(VARIABLE, "") if value is None else value
    if not value.strip():
        raise ConfigError(f"{VARIABLE} is not set: it must say where the PostgreSQL warehouse is")
    try:
        parts = _from_json(value) if value.lstrip().startswith("{") else _from_uri(value)
    except (ValueError, AttributeError, TypeError):
        raise ConfigError(f"{VARIABLE} is neither an Airflow connection in JSON nor a postgres:// address") from None
    return make_conninfo(**{name: part for name, part in parts.items() if part not in (None, "")})


def connect(autocommit: bool = False, timeout_seconds: int = 10) -> psycopg.Connection:
    """Open a connection to the warehouse. Raises ConfigError with host and database where it cannot."""
    info = conninfo()
    try:
        return psycopg.connect(info, autocommit=autocommit, connect_timeout=timeout_seconds)
    except psycopg.OperationalError as exc:
        at = conninfo_to_dict(info)
        where = f"{at.get('host', 'localhost')}:{at.get('port', 5432)}/{at.get('dbname', '')}"
        raise ConfigError(f"the warehouse {where} does not answer ({VARIABLE}): {_first_line(exc)}") from None


def one_row(connection: psycopg.Connection, statement: Any, values: Any = None) -> tuple[Any, ...]:
    """Return the row of a statement that always has one (an aggregate, an insert that returns its key)."""
    row = connection.execute(statement, values).fetchone()
    if row is None:
        raise LookupError("the statement returned no row")
    return row


def _from_json(value: str) -> dict[str, Any]:
    content = json.loads(value)
    return {
        "host": content.get("host"),
        "port": content.get("port"),
        "user": content.get("login"),
        "password": content.get("password"),
        "dbname": content.get("schema"),
        **_libpq_extras(content.get("extra")),
    }


def _from_uri(value: str) -> dict[str, Any]:
    parts = urlsplit(value)
    if not parts.scheme.startswith("postgres"):
        raise ValueError("not a postgres address")
    return {
        "host": parts.hostname,
        "port": parts.port,
        "user": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "dbname": unquote(parts.path.lstrip("/")),
        **_libpq_extras(dict(parse_qsl(parts.query))),
    }


def _libpq_extras(extra: dict[str, Any] | str | None) -> dict[str, Any]:
    """Keep the extras libpq knows; Airflow's own (cursor, iam, ...) are not for libpq."""
    content = json.loads(extra) if isinstance(extra, str) and extra else extra or {}
    return {name: content[name] for name in ("sslmode", "sslrootcert", "sslcert", "sslkey") if name in content}


def _first_line(exc: Exception) -> str:
    return str(exc).strip().splitlines()[0] if str(exc).strip() else type(exc).__name__
