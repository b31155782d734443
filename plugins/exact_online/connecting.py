"""Connect and reconnect: from the address of Exact's login page to a stored grant. Shared by commands and web."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass

import psycopg

from exact_online import logins, oauth, registry
from exact_online.access import client_with
from exact_online.cipher import Cipher
from exact_online.client import new_session
from exact_online.divisions import me
from exact_online.errors import ConfigError, ReauthorizationRequired
from exact_online.oauth import App
from exact_online.signing import Signer


@dataclass(frozen=True)
class Connected:
    """What a login led to."""

    integration_id: int
    environment: str
    user_name: str
    is_reconnect: bool


class LoginDenied(ReauthorizationRequired):
    """The person chose not to give access, or Exact ended the login without."""


def start(
    connection: psycopg.Connection,
    cipher: Cipher,
    signer: Signer,
    environment: str,
    app: App,
    who: str,
    integration_id: int | None = None,
) -> str:
    """Remember the login and return the address of Exact's page to open."""
    missing = [name for name in ("client_id", "client_secret", "redirect_uri") if not getattr(app, name)]
    if missing:
        raise ConfigError(f"the app registration lacks its {', '.join(missing).replace('_', ' ')}")
    state = logins.begin(connection, cipher, signer, environment, app, who, integration_id)
    return oauth.authorize_url(app, state)


def finish(connection: psycopg.Connection, cipher: Cipher, signer: Signer, redirected_url: str, who: str) -> Connected:
    """Trade the code in the address Exact led to for a grant and store it.

    Raises LoginDenied where the person refused access; the login is spent then too.
    """
    answer = oauth.parse_redirect(redirected_url)
    login = logins.take(connection, cipher, signer, answer.state, who)
    if answer.error:
        raise LoginDenied(f"the login at Exact ended without access ({answer.error}); nothing was connected")
    with closing(new_session()) as session:
        token = oauth.exchange_code(login.app, answer.code, session)
        client = client_with(
            _Fixed(token.access_token), login.app.base_url, login.app.client_id, 0, connection, session
        )
        user = me(client)
    integration_id = registry.finish_login(
        connection, cipher, login.environment, login.app, token, user, login.integration_id
    )
    name = str(user.get("FullName") or user.get("UserName") or "")
    return Connected(integration_id, login.environment, name, login.integration_id is not None)


class _Fixed:
    """The one token of a login that is not stored yet."""

    def __init__(self, access_token: str) -> None:
        self._access_token = access_token

    def access_token(self, rejected: str | None = None) -> str:
        return self._access_token
