"""The one home of token pairs: a row per integration, encrypted, refreshed under its row lock.

N processes, one refresh: whoever gets the lock re-reads the row first, so all others find the new pair. The new
pair is committed before anybody uses it. Tasks never write Airflow connections; this table is why they need not.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec
import psycopg
import requests

from exact_online import oauth
from exact_online.cipher import Cipher
from exact_online.errors import ConfigError, ReauthorizationRequired
from exact_online.oauth import App, Token

log = logging.getLogger(__name__)

_READ = """
    select base_url, client_id, client_secret_ciphertext, redirect_uri, state, state_reason, token_ciphertext
    from exact_ops.integrations where integration_id = %s
"""


@dataclass
class _Row:
    app: App
    state: str
    reason: str | None
    token: Token | None


class Vault:
    """Hands out access tokens of one integration.

    :param connect: opens a connection to the warehouse; each refresh uses one of its own.
    :param cipher: the deployment's keys.
    :param clock: returns now in UTC.
    """

    def __init__(
        self,
        integration_id: int,
        connect: Callable[[], psycopg.Connection],
        cipher: Cipher,
        session: requests.Session,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.integration_id = integration_id
        self._connect = connect
        self._cipher = cipher
        self._session = session
        self._clock = clock
        self._token: Token | None = None

    def access_token(self, rejected: str | None = None) -> str:
        """Return a token that is valid now, refreshing it when it is due.

        :param rejected: the token Exact just answered 401 to. It is given again only if it is too young to be
            refreshed and nobody stored another one.
        Raises ReauthorizationRequired when Exact revoked the grant.
        """
        if self._token and rejected is None and not self._is_due(self._token):
            return self._token.access_token
        with self._connect() as connection:
            row = self._read(connection, lock=False)
            if row.token is None or self._is_due(row.token):
                row.token = self._refresh_under_lock(connection)
        self._token = row.token
        return row.token.access_token

    def _refresh_under_lock(self, connection: psycopg.Connection) -> Token:
        row = self._read(connection, lock=True)
        if row.token is None:
            raise ReauthorizationRequired(f"integration {self.integration_id} has no token: connect it again")
        if not self._is_due(row.token):
            return row.token
        log.info("Refreshing the access token of integration %s", self.integration_id)
        try:
            token = oauth.refresh(row.app, row.token, self._session)
        except ReauthorizationRequired as exc:
            self._mark_lost(connection, str(exc))
            raise
        store_token(connection, self._cipher, self.integration_id, token)
        connection.commit()
        return token

    def _mark_lost(self, connection: psycopg.Connection, reason: str) -> None:
        connection.execute(
            "update exact_ops.integrations set state = 'reconnect_required', state_reason = %s, state_since = now() "
            "where integration_id = %s",
            (reason[:500], self.integration_id),
        )
        connection.commit()

    def _read(self, connection: psycopg.Connection, lock: bool) -> _Row:
        found = connection.execute(_READ + (" for update" if lock else ""), (self.integration_id,)).fetchone()
        if found is None:
            raise ConfigError(f"integration {self.integration_id} does not exist (any more)")
        base_url, client_id, secret, redirect_uri, state, reason, token = found
        if state == "reconnect_required":
            raise ReauthorizationRequired(f"integration {self.integration_id} must be connected again: {reason}")
        if state == "disconnected":
            raise ReauthorizationRequired(f"integration {self.integration_id} was disconnected")
        app = App(base_url, client_id, self._cipher.decrypt(secret).decode(), redirect_uri)
        pair = msgspec.json.decode(self._cipher.decrypt(token), type=Token) if token else None
        return _Row(app, state, reason, pair)

    def _is_due(self, token: Token) -> bool:
        return token.age_seconds(self._clock()) >= oauth.REFRESH_AFTER_SECONDS


def store_token(connection: psycopg.Connection, cipher: Cipher, integration_id: int, token: Token) -> None:
    """Encrypt and store a pair and mark the integration connected; the caller commits."""
    connection.execute(
        "update exact_ops.integrations set token_ciphertext = %s, token_issued_at = %s, state = 'connected', "
        "state_reason = null, state_since = case state when 'connected' then state_since else now() end "
        "where integration_id = %s",
        (cipher.encrypt(msgspec.json.encode(token)), token.issued_at, integration_id),
    )
