"""What is recorded: a call of the plugin's own code each, and what the server must have lived through before it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import requests

from exact_online import oauth
from exact_online.client import ExactClient, new_session
from exact_online.divisions import list_divisions, me
from exact_online.errors import (
    AdministrationUnavailable,
    MinuteLimitReached,
    ReauthorizationRequired,
    RequestRejected,
    TooEarlyToRefresh,
    TransientApiError,
)
from exact_online.oauth import App, Token

NOW = datetime(2026, 11, 23, 11, tzinfo=UTC)
DIVISION = 1000001
LINES = "{division}/sync/Financial/TransactionLines"
SHORT = ["ID", "Timestamp"]


class _Unlimited:
    """Budgets that refuse nothing, and one token: what is looked at here is the wire."""

    def __init__(self, token: str) -> None:
        self._token = token

    def access_token(self, rejected: str | None = None) -> str:
        return self._token

    def take(self) -> None: ...

    def observe(self, headers: Any) -> None: ...

    def refused(self, headers: Any) -> Exception:
        return MinuteLimitReached("spent", NOW)

    def check(self, endpoint: str) -> None: ...

    def record(self, endpoint: str, status: int, reason: str) -> None: ...


@dataclass
class Wire:
    """One end of the wire: where the server is, and what we hold of it."""

    base_url: str
    client_id: str = "client-id"
    client_secret: str = "client-secret"
    redirect_uri: str = "https://me.example/callback"
    code: str = "code"
    access_token: str = "access"
    refresh_token: str = "refresh"

    @property
    def app(self) -> App:
        return App(self.base_url, self.client_id, self.client_secret, self.redirect_uri)

    @property
    def token(self) -> Token:
        return Token(self.access_token, self.refresh_token, NOW)

    def client(self, division: int = DIVISION) -> ExactClient:
        stub = _Unlimited(self.access_token)
        return ExactClient(self.base_url, division, stub, stub, stub, self.session(), sleep=lambda seconds: None)

    def session(self) -> requests.Session:
        return new_session()


def _pages(wire: Wire, path: str = LINES, division: int = DIVISION) -> list[Any]:
    return list(wire.client(division).pages(path, SHORT, "Timestamp gt 0L" if path == LINES else None))


@dataclass(frozen=True)
class Scenario:
    """One cassette.

    :param act: the plugin's call.
    :param prepare: what the recording server goes through first; takes tests.sandbox.serving.Running.
    :param error: what the call raises, with Exact's words in it.
    """

    name: str
    act: Callable[[Wire], Any]
    prepare: Callable[[Any], Any] = lambda exact: None
    error: type[Exception] | None = None
    words: str = ""


def _use_up_the_minute(exact: Any) -> None:
    for _ in range(60):
        exact.get("current/Me")


def _spend_the_refresh_token(exact: Any) -> None:
    exact.control("clock", seconds=601)
    first = exact.refresh_token
    exact.access_token = exact.refresh().json()["access_token"]
    assert exact.get("current/Me").status_code == 200
    exact.refresh_token = first


def _clock(seconds: float) -> Callable[[Any], Any]:
    return lambda exact: exact.control("clock", seconds=seconds)


def _refresh(wire: Wire) -> Token:
    return oauth.refresh(wire.app, wire.token, wire.session(), lambda: NOW)


SCENARIOS = [
    Scenario("token_exchange", lambda wire: oauth.exchange_code(wire.app, wire.code, wire.session(), lambda: NOW)),
    Scenario("token_refresh", _refresh, _clock(601)),
    Scenario("token_refresh_too_early", _refresh, error=TooEarlyToRefresh, words="access_token not expired"),
    Scenario(
        "token_refresh_with_a_used_token",
        _refresh,
        _spend_the_refresh_token,
        ReauthorizationRequired,
        "Old refresh token used.",
    ),
    Scenario(
        "token_refresh_after_30_days", _refresh, _clock(31 * 86_400), ReauthorizationRequired, "refresh token expired"
    ),
    Scenario(
        "token_exchange_with_a_bad_code",
        lambda wire: oauth.exchange_code(wire.app, "no-code", wire.session(), lambda: NOW),
        error=RequestRejected,
        words="invalid_request",
    ),
    Scenario("current_me", lambda wire: me(wire.client())),
    Scenario("administrations", lambda wire: list_divisions(wire.client())),
    Scenario("sync_page_pair", _pages),
    Scenario(
        "refused_without_select",
        lambda wire: wire.client().single("{division}/bulk/Financial/TransactionLines"),
        error=RequestRejected,
        words="Please add a $select",
    ),
    Scenario("refused_with_a_dead_token", _pages, _clock(601), RequestRejected, "status 401"),
    Scenario(
        "refused_without_access_to_the_administration",
        lambda wire: _pages(wire, division=999),
        error=AdministrationUnavailable,
        words="NoDivisionAccess",
    ),
    Scenario(
        "refused_unknown_endpoint",
        lambda wire: _pages(wire, "{division}/financial/Nothing"),
        error=RequestRejected,
        words="status 404",
    ),
    Scenario("refused_minute_spent", _pages, _use_up_the_minute, MinuteLimitReached, "spent"),
    Scenario(
        "failed_on_the_server",
        _pages,
        lambda exact: exact.control("faults", path_contains="TransactionLines", status=503, times=4),
        TransientApiError,
        "status 503",
    ),
]
