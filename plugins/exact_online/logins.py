"""Logins at Exact that were started and not finished: each `state` is signed, bound to one person, good once and soon.

The table holds only a hash of the state, beside the app's encrypted secret. Postgres only.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import psycopg

from exact_online.cipher import Cipher
from exact_online.errors import ConfigError
from exact_online.oauth import App
from exact_online.signing import Signer

#: How long a person has between opening Exact's login page and coming back.
LIFETIME = timedelta(minutes=10)
_PURPOSE = "login"


@dataclass(frozen=True)
class Login:
    """A login that came back: what it was started for."""

    environment: str
    app: App
    integration_id: int | None


def begin(
    connection: psycopg.Connection,
    cipher: Cipher,
    signer: Signer,
    environment: str,
    app: App,
    started_by: str,
    integration_id: int | None = None,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> str:
    """Remember a login that is about to start and return its `state`.

    :param started_by: who may finish it; another person's `state` is worth nothing.
    :param integration_id: the integration that is connected again, if it is not a new one.
    """
    state = signer.sign(_PURPOSE, f"{secrets.token_urlsafe(24)}.{_hash(started_by)}", clock())
    connection.execute("delete from exact_ops.pending_connections where created_at < now() - %s", (LIFETIME,))
    connection.execute(
        "insert into exact_ops.pending_connections (state_hash, environment, base_url, client_id, "
        "client_secret_ciphertext, redirect_uri, started_by, integration_id) values (%s, %s, %s, %s, %s, %s, %s, %s)",
        (
            _hash(state),
            environment,
            app.base_url,
            app.client_id,
            cipher.encrypt(app.client_secret.encode()),
            app.redirect_uri,
            started_by,
            integration_id,
        ),
    )
    return state


def take(
    connection: psycopg.Connection,
    cipher: Cipher,
    signer: Signer,
    state: str,
    finished_by: str,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Login:
    """Return what a started login was for, and forget it. Raises ConfigError for any state that is not good now."""
    try:
        bound_to = signer.read(_PURPOSE, state, clock(), LIFETIME).rpartition(".")[2]
    except ConfigError as exc:
        raise ConfigError(f"this login cannot be finished: {exc}. Start it again.") from None
    if bound_to != _hash(finished_by):
        raise ConfigError("this login was started by somebody else; only they can finish it. Start one of your own.")
    found = connection.execute(
        "delete from exact_ops.pending_connections where state_hash = %s and created_at >= now() - %s "
        "returning environment, base_url, client_id, client_secret_ciphertext, redirect_uri, integration_id",
        (_hash(state), LIFETIME),
    ).fetchone()
    if found is None:
        raise ConfigError("this login was used already, was given up or took too long. Start it again.")
    environment, base_url, client_id, secret, redirect_uri, integration_id = found
    app = App(base_url, client_id, cipher.decrypt(secret).decode(), redirect_uri)
    return Login(environment, app, integration_id)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
