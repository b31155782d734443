"""App registrations a login was made with before: they can be used again without typing their secret. Postgres only."""

from __future__ import annotations

from dataclasses import dataclass

import psycopg
from psycopg.rows import class_row

from exact_online.cipher import Cipher
from exact_online.errors import ConfigError
from exact_online.oauth import App


@dataclass(frozen=True)
class KnownApp:
    """One app registration, named by the newest integration that uses it. Holds no secret."""

    integration_id: int
    environment: str
    base_url: str
    client_id: str
    redirect_uri: str


def known(connection: psycopg.Connection) -> list[KnownApp]:
    """Return each app registration once."""
    with connection.cursor(row_factory=class_row(KnownApp)) as cursor:
        return cursor.execute(
            "select distinct on (environment, base_url, client_id) integration_id, environment, base_url, client_id, "
            "redirect_uri from exact_ops.integrations order by environment, base_url, client_id, integration_id desc"
        ).fetchall()


def registered(connection: psycopg.Connection, cipher: Cipher, integration_id: int) -> tuple[str, App]:
    """Return (environment, app with its secret) of an integration."""
    found = connection.execute(
        "select environment, base_url, client_id, client_secret_ciphertext, redirect_uri "
        "from exact_ops.integrations where integration_id = %s",
        (integration_id,),
    ).fetchone()
    if found is None:
        raise ConfigError("that app registration is not known (any more): give its client id and secret")
    environment, base_url, client_id, secret, redirect_uri = found
    return environment, App(base_url, client_id, cipher.decrypt(secret).decode(), redirect_uri)
