"""Integrations and administrations as the warehouse knows them: connect, select, list, disconnect.

Postgres only. Whoever calls decides about HTTP, Airflow and output.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import psycopg
from psycopg.rows import class_row

from exact_online import moves
from exact_online.cipher import Cipher
from exact_online.errors import ConfigError
from exact_online.oauth import App, Token
from exact_online.vault import store_token
from exact_online.warehouse import one_row

_ADMINISTRATION = """
    select a.administration_id, a.integration_id, a.environment, a.division_code, coalesce(a.label, a.name) as name,
           a.currency_code, a.country_code, a.status, a.status_reason, a.is_connected, a.connected_at, a.schedule,
           i.base_url, i.client_id
    from exact_ops.administrations as a left join exact_ops.integrations as i using (integration_id)
"""
_JOIN = """
    insert into exact_ops.integrations (environment, base_url, client_id, client_secret_ciphertext, redirect_uri,
        user_id, user_name, home_division, state)
    values (%(environment)s, %(base_url)s, %(client_id)s, %(secret)s, %(redirect_uri)s, %(user_id)s, %(user_name)s,
        %(home_division)s, 'connected')
    on conflict (base_url, client_id, user_id) do update set
        client_secret_ciphertext = excluded.client_secret_ciphertext, redirect_uri = excluded.redirect_uri,
        user_name = excluded.user_name, home_division = excluded.home_division
    returning integration_id
"""
_RECONNECT = """
    update exact_ops.integrations set client_secret_ciphertext = %(secret)s, redirect_uri = %(redirect_uri)s,
        user_id = %(user_id)s, user_name = %(user_name)s, home_division = %(home_division)s
    where integration_id = %(integration_id)s returning integration_id
"""


@dataclass(frozen=True)
class Integration:
    """One OAuth grant: an environment, one Exact user, our app registration. Holds no secret."""

    integration_id: int
    environment: str
    base_url: str
    client_id: str
    user_id: str | None
    user_name: str | None
    home_division: int | None
    state: str
    state_reason: str | None
    state_since: datetime
    token_issued_at: datetime | None
    label: str | None


@dataclass(frozen=True)
class Administration:
    """One connected set of books, with what is needed to read it."""

    administration_id: int
    integration_id: int
    environment: str
    division_code: int
    name: str
    currency_code: str | None
    country_code: str | None
    status: str
    status_reason: str | None
    is_connected: bool
    connected_at: datetime
    schedule: str | None
    base_url: str
    client_id: str

    @property
    def dag_id(self) -> str:
        """The id of its DAG."""
        return f"exact_online_{self.environment}_{self.division_code}"


def finish_login(
    connection: psycopg.Connection,
    cipher: Cipher,
    environment: str,
    app: App,
    token: Token,
    me: dict[str, Any],
    integration_id: int | None = None,
) -> int:
    """Store the grant and return its integration id.

    The same Exact user and app joins the integration that exists: a second grant of theirs would break the first.

    :param integration_id: the integration that is connected again, perhaps by another Exact user: its administrations
        stay with it. Raises ConfigError where that user has an integration of its own.
    """
    user_name = str(me.get("FullName") or me.get("UserName") or "")
    values = {
        "environment": environment,
        "base_url": app.base_url,
        "client_id": app.client_id,
        "secret": cipher.encrypt(app.client_secret.encode()),
        "redirect_uri": app.redirect_uri,
        "user_id": str(me["UserID"]),
        "user_name": user_name,
        "home_division": me.get("CurrentDivision") or me.get("AccountingDivision"),
        "integration_id": integration_id,
    }
    with connection.transaction():
        try:
            (found,) = one_row(connection, _JOIN if integration_id is None else _RECONNECT, values)
        except psycopg.errors.UniqueViolation:
            raise ConfigError(
                f"{user_name} has an integration of their own here; log in as another Exact user, or delete "
                "that integration first"
            ) from None
        except LookupError:
            raise ConfigError(f"integration {integration_id} was deleted meanwhile; add it anew") from None
        store_token(connection, cipher, found, token)
    return int(found)


def integrations(connection: psycopg.Connection) -> list[Integration]:
    """Return every integration without its secrets, oldest first."""
    with connection.cursor(row_factory=class_row(Integration)) as cursor:
        return cursor.execute(
            "select integration_id, environment, base_url, client_id, user_id, user_name, home_division, state, "
            "state_reason, state_since, token_issued_at, label from exact_ops.integrations order by integration_id"
        ).fetchall()


def administrations(connection: psycopg.Connection, connected_only: bool = True) -> list[Administration]:
    """Return the administrations in the order of environment and code."""
    where = "where a.is_connected" if connected_only else ""
    with connection.cursor(row_factory=class_row(Administration)) as cursor:
        return cursor.execute(f"{_ADMINISTRATION} {where} order by a.environment, a.division_code").fetchall()


def administration(connection: psycopg.Connection, administration_id: int) -> Administration:
    """Return one administration, or raise ConfigError if it is not connected."""
    with connection.cursor(row_factory=class_row(Administration)) as cursor:
        found = cursor.execute(f"{_ADMINISTRATION} where a.administration_id = %s", (administration_id,)).fetchone()
    if found is None or not found.is_connected or found.integration_id is None:
        raise ConfigError(f"administration {administration_id} is not connected (any more)")
    return found


def select_administrations(
    connection: psycopg.Connection, integration_id: int, environment: str, divisions: Iterable[dict[str, Any]]
) -> list[int]:
    """Connect rows of system/Divisions and return their administration ids; one connected before keeps its id."""
    with connection.transaction():
        return [_select_one(connection, integration_id, environment, division) for division in divisions]


def _select_one(connection: psycopg.Connection, integration_id: int, environment: str, division: dict[str, Any]) -> int:
    values = {
        "integration_id": integration_id,
        "environment": environment,
        "division_code": int(division["Code"]),
        **facts_of_division(division),
        **dict(zip(("moved_on", "hr_linked_on"), moves.dates_of(division), strict=True)),
    }
    (administration_id,) = one_row(
        connection,
        "insert into exact_ops.administrations as a (integration_id, environment, division_code, name, currency_code, "
        "country_code, legislation, started_on, moved_on, hr_linked_on, is_connected) "
        "values (%(integration_id)s, %(environment)s, %(division_code)s, %(name)s, %(currency_code)s, "
        "%(country_code)s, %(legislation)s, %(started_on)s, %(moved_on)s, %(hr_linked_on)s, true) "
        "on conflict (environment, division_code) do update set integration_id = excluded.integration_id, "
        "name = excluded.name, currency_code = excluded.currency_code, country_code = excluded.country_code, "
        "legislation = excluded.legislation, is_connected = true, "
        "connected_at = case when a.is_connected then a.connected_at else now() end, "
        "status = case when a.is_connected then a.status else 'waiting' end returning administration_id",
        values,
    )
    return int(administration_id)


def facts_of_division(division: dict[str, Any]) -> dict[str, Any]:
    """Return what the registry keeps of a row of system/Divisions, with Exact's padding removed."""
    started = str(division.get("StartDate") or "")
    milliseconds = started.removeprefix("/Date(").removesuffix(")/")
    is_date = milliseconds.lstrip("-").isdigit()
    return {
        "name": str(division.get("Description") or division["Code"]).strip(),
        "currency_code": _text(division.get("Currency")),
        "country_code": _text(division.get("Country")),
        "legislation": _text(division.get("Legislation")),
        "started_on": date(1970, 1, 1) + timedelta(milliseconds=int(milliseconds)) if is_date else None,
    }


def update_facts(connection: psycopg.Connection, administration_id: int, division: dict[str, Any]) -> None:
    """Take over name, currency and country as Exact has them now."""
    connection.execute(
        "update exact_ops.administrations set name = %(name)s, currency_code = %(currency_code)s, "
        "country_code = %(country_code)s, legislation = %(legislation)s, started_on = %(started_on)s "
        "where administration_id = %(administration_id)s",
        {**facts_of_division(division), "administration_id": administration_id},
    )


def reselect(connection: psycopg.Connection, administration_id: int, division: dict[str, Any]) -> None:
    """Attach an administration to the code Exact has it under now; its id, mapping and history stay.

    Everything is read again in full, because row versions of another division compare with none of ours.

    :param division: the row of system/Divisions under the new code.
    Raises ConfigError where another administration has that code.
    """
    code = int(division["Code"])
    with connection.transaction():
        taken = connection.execute(
            "select other.name from exact_ops.administrations as other "
            "inner join exact_ops.administrations as own on own.environment = other.environment "
            "where own.administration_id = %s and other.administration_id <> %s and other.division_code = %s",
            (administration_id, administration_id, code),
        ).fetchone()
        if taken:
            raise ConfigError(f"code {code} is already connected as {taken[0]}: remove that one first, with its data")
        connection.execute(
            "update exact_ops.administrations set division_code = %s, is_connected = true, status = 'waiting', "
            "status_reason = null, connected_at = now(), moved_on = %s, hr_linked_on = %s where administration_id = %s",
            (code, *moves.dates_of(division), administration_id),
        )
        update_facts(connection, administration_id, division)
        moves.void_versions(connection, administration_id, f"it has code {code} in Exact now")


def other_divisions(connection: psycopg.Connection, found: Administration) -> list[int]:
    """Return the codes through which the grant of an administration can ask about it when it cannot be asked itself."""
    rows = connection.execute(
        "select division_code from exact_ops.administrations where integration_id = %(integration)s and is_connected "
        "union select home_division from exact_ops.integrations where integration_id = %(integration)s",
        {"integration": found.integration_id},
    )
    return sorted(code for (code,) in rows if code not in (None, 0, found.division_code))


def _text(value: Any) -> str | None:
    return str(value).strip() or None if value is not None else None
