"""The one home of token pairs: a row per integration, encrypted, refreshed under its row lock.

N processes, one refresh: whoever gets the lock re-reads the row first, so all others find the new pair. Each call is
journalled before it is made, and the new pair is committed before anybody uses it. Exact spends a refresh token only
when the pair after it is first used (protocol facts, section 2), so a lost answer costs one more call and no grant.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec
import psycopg
import requests
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from exact_online import oauth, token_calls
from exact_online.cipher import Cipher
from exact_online.errors import (
    ConfigError,
    ReauthorizationRequired,
    RefreshOutcomeUnknown,
    RequestRejected,
    TokenNotYet,
    TooEarlyToRefresh,
    TransientApiError,
)
from exact_online.oauth import App, Token

log = logging.getLogger(__name__)

#: Tries of one refresh in all, each of them re-reading the row first.
ATTEMPTS = 4
#: How long a process waits in place for a token; beyond it the task is deferred.
_PATIENCE = timedelta(seconds=60)
#: A refusal as too early, without a lost pair, is a difference of clocks: nobody asks again for so long.
_PAUSE_AFTER_TOO_EARLY = timedelta(seconds=30)
#: How long to wait for the lock: longer than any holder may take, which is one token call.
_LOCK_TIMEOUT = "90s"
#: Ends a holder whose machine vanished; a living one is through after the token endpoint's deadline.
_HOLDER_TIMEOUT = "75s"

_READ = """
    select base_url, client_id, client_secret_ciphertext, redirect_uri, state, state_reason, token_ciphertext
    from exact_ops.integrations where integration_id = %s
"""


@dataclass
class _Row:
    app: App
    token: Token


class Vault:
    """Hands out access tokens of one integration.

    :param connect: opens a connection to the warehouse; each refresh uses its own.
    :param cipher: the deployment's keys.
    :param clock: returns now in UTC.
    :param sleep: how to wait between the tries of a refresh, in seconds.
    """

    def __init__(
        self,
        integration_id: int,
        connect: Callable[[], psycopg.Connection],
        cipher: Cipher,
        session: requests.Session,
        clock: oauth.Clock = lambda: datetime.now(UTC),
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.integration_id = integration_id
        self._connect = connect
        self._cipher = cipher
        self._session = session
        self._clock = clock
        self._sleep = sleep
        self._token: Token | None = None

    def access_token(self, rejected: str | None = None) -> str:
        """Return a token that is valid now, refreshing it when it is due.

        :param rejected: the token Exact just answered 401 to. It is given again only if it is too young to be
            refreshed and nobody stored another one.
        Raises ReauthorizationRequired when Exact revoked the grant, TokenNotYet when it gives none for a while.
        """
        if self._token is None or rejected is not None or self._is_due(self._token):
            self._token = self._stored() or self._refreshed()
        return self._token.access_token

    def _stored(self) -> Token | None:
        """Return the stored token unless it is due."""
        with closing(self._connect()) as connection:
            token = self._read(connection).token
        return None if self._is_due(token) else token

    def _refreshed(self) -> Token:
        for attempt in Retrying(
            retry=retry_if_exception(self._is_worth_another_try),
            stop=stop_after_attempt(ATTEMPTS),
            wait=self._pause,
            sleep=self._sleep,
            reraise=True,
            before_sleep=lambda state: log.warning("%s; trying again", _error(state)),
        ):
            with attempt:
                return self._refresh_under_lock()
        raise RefreshOutcomeUnknown("no attempt was made")

    def _is_worth_another_try(self, error: BaseException) -> bool:
        if isinstance(error, TokenNotYet):
            return error.resets_at - self._clock() <= _PATIENCE
        return isinstance(error, (RefreshOutcomeUnknown, TransientApiError))

    def _pause(self, state: RetryCallState) -> float:
        error = _error(state)
        if isinstance(error, TokenNotYet):
            return max((error.resets_at - self._clock()).total_seconds(), 0) + _backoff(state) / 10
        return _backoff(state)

    def _refresh_under_lock(self) -> Token:
        with closing(self._connect()) as connection, closing(self._connect()) as journal:
            journal.autocommit = True
            row = self._lock(connection)
            if not self._is_due(row.token):
                return row.token
            earlier = token_calls.since(connection, self.integration_id, row.token.issued_at)
            if self._was_just_too_early(earlier):
                return row.token
            self._check_unanswered(earlier)
            self._check_budget(connection)
            call = token_calls.begin(journal, self.integration_id, self._clock())
            log.info("Refreshing the access token of integration %s", self.integration_id)
            try:
                token = oauth.refresh(row.app, row.token, self._session, self._clock)
            except TooEarlyToRefresh as exc:
                token_calls.end(journal, call, "too_early", str(exc))
                return self._after_too_early(row.token, earlier, exc)
            except ReauthorizationRequired as exc:
                token_calls.end(journal, call, "refused", str(exc))
                raise self._lost_grant(connection, exc, earlier) from exc
            except RefreshOutcomeUnknown as exc:
                token_calls.end(journal, call, "lost", str(exc))
                raise
            except (TransientApiError, RequestRejected) as exc:
                token_calls.end(journal, call, "failed", str(exc))
                raise
            token_calls.end(connection, call, "stored")
            store_token(connection, self._cipher, self.integration_id, token)
            connection.commit()
            return token

    def _lock(self, connection: psycopg.Connection) -> _Row:
        # Not `for update`: the journal's foreign key must be able to see the row meanwhile.
        connection.execute(f"set local lock_timeout = '{_LOCK_TIMEOUT}'")
        connection.execute(f"set local idle_in_transaction_session_timeout = '{_HOLDER_TIMEOUT}'")
        try:
            return self._read(connection, " for no key update")
        except psycopg.errors.LockNotAvailable:
            raise TransientApiError(
                f"integration {self.integration_id}: another process has been refreshing its token for {_LOCK_TIMEOUT}"
            ) from None

    def _was_just_too_early(self, calls: list[token_calls.TokenCall]) -> bool:
        return bool(
            calls and calls[0].outcome == "too_early" and self._clock() - calls[0].started_at < _PAUSE_AFTER_TOO_EARLY
        )

    def _check_unanswered(self, calls: list[token_calls.TokenCall]) -> None:
        """Leave a call that may still be under way at Exact alone: two at a time could end the pair we then store."""
        for call in calls:
            over_at = call.started_at + timedelta(seconds=oauth.DEADLINE_SECONDS)
            if call.is_unanswered and over_at > self._clock():
                raise TokenNotYet(
                    f"integration {self.integration_id}: a refresh at {call.started_at:%H:%M:%S} UTC got no answer",
                    over_at,
                )

    def _check_budget(self, connection: psycopg.Connection) -> None:
        day = self._clock().replace(hour=0, minute=0, second=0, microsecond=0)
        if len(token_calls.since(connection, self.integration_id, day)) >= token_calls.CALLS_PER_DAY:
            raise TokenNotYet(
                f"integration {self.integration_id} spent the {token_calls.CALLS_PER_DAY} token calls of the day",
                day + timedelta(days=1),
            )

    def _after_too_early(self, token: Token, earlier: list[token_calls.TokenCall], refusal: TooEarlyToRefresh) -> Token:
        """Return the stored token where it still works; else say when the pair that nobody holds can be replaced."""
        unanswered = [call.started_at for call in earlier if call.is_unanswered]
        if not unanswered:
            return token
        raise TokenNotYet(
            f"integration {self.integration_id}: the answer to a refresh at {unanswered[0]:%H:%M:%S} UTC was lost, and "
            f"Exact gives no other pair before that one has aged: {refusal}",
            unanswered[0] + timedelta(seconds=oauth.REFRESH_AFTER_SECONDS + oauth.DEADLINE_SECONDS),
        )

    def _lost_grant(
        self, connection: psycopg.Connection, refusal: Exception, earlier: list[token_calls.TokenCall]
    ) -> ReauthorizationRequired:
        """Mark the integration and return the error, with the call that may explain it."""
        unanswered = [call.started_at for call in earlier if call.is_unanswered]
        why = f" The answer to a refresh at {unanswered[0]:%Y-%m-%d %H:%M:%S} UTC was lost." if unanswered else ""
        reason = f"{refusal}{why}"
        connection.execute(
            "update exact_ops.integrations set state = 'reconnect_required', state_reason = %s, state_since = now() "
            "where integration_id = %s",
            (reason[:500], self.integration_id),
        )
        connection.commit()
        return ReauthorizationRequired(reason)

    def _read(self, connection: psycopg.Connection, lock: str = "") -> _Row:
        found = connection.execute(_READ + lock, (self.integration_id,)).fetchone()
        if found is None:
            raise ConfigError(f"integration {self.integration_id} does not exist (any more)")
        base_url, client_id, secret, redirect_uri, state, reason, pair = found
        if state == "reconnect_required":
            raise ReauthorizationRequired(f"integration {self.integration_id} must be connected again: {reason}")
        if state == "disconnected" or pair is None:
            raise ReauthorizationRequired(f"integration {self.integration_id} has no grant: connect it again")
        app = App(base_url, client_id, self._cipher.decrypt(secret).decode(), redirect_uri)
        return _Row(app, msgspec.json.decode(self._cipher.decrypt(pair), type=Token))

    def _is_due(self, token: Token) -> bool:
        return token.age_seconds(self._clock()) >= oauth.REFRESH_AFTER_SECONDS


_backoff = wait_random_exponential(multiplier=1, max=15)


def _error(state: RetryCallState) -> BaseException | None:
    return state.outcome.exception() if state.outcome else None


def store_token(connection: psycopg.Connection, cipher: Cipher, integration_id: int, token: Token) -> None:
    """Encrypt and store a pair and mark the integration connected; the caller commits."""
    connection.execute(
        "update exact_ops.integrations set token_ciphertext = %s, token_issued_at = %s, state = 'connected', "
        "state_reason = null, state_since = case state when 'connected' then state_since else now() end "
        "where integration_id = %s",
        (cipher.encrypt(msgspec.json.encode(token)), token.issued_at, integration_id),
    )
