"""Puts a client together: an integration's grant, and its budgets for one administration."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol

import psycopg
import requests

from exact_online.cipher import Cipher
from exact_online.client import ExactClient, Tokens
from exact_online.error_budget import ErrorBudget
from exact_online.limits import CallBudget
from exact_online.oauth import Clock
from exact_online.vault import Vault


class Integration(Protocol):
    """What is needed of an integration, or of an administration that knows its own."""

    @property
    def integration_id(self) -> int: ...
    @property
    def base_url(self) -> str: ...
    @property
    def client_id(self) -> str: ...


def open_client(
    integration: Integration,
    division_code: int,
    connection: psycopg.Connection,
    connect: Callable[[], psycopg.Connection],
    cipher: Cipher,
    session: requests.Session,
    clock: Clock = lambda: datetime.now(UTC),
) -> ExactClient:
    """Return a client that reads one administration with an integration's grant.

    :param connection: an autocommit connection for the budgets; the caller closes it.
    :param connect: opens a connection for each refresh of the token.
    """
    vault = Vault(integration.integration_id, connect, cipher, session, clock)
    return client_with(vault, integration.base_url, integration.client_id, division_code, connection, session, clock)


def client_with(
    tokens: Tokens,
    base_url: str,
    client_id: str,
    division_code: int,
    connection: psycopg.Connection,
    session: requests.Session,
    clock: Clock = lambda: datetime.now(UTC),
) -> ExactClient:
    """Return a client that uses any tokens, e.g. one that is not stored yet."""
    calls = CallBudget(connection, client_id, division_code, clock)
    errors = ErrorBudget(connection, client_id, division_code, clock)
    return ExactClient(base_url, division_code, tokens, calls, errors, session)


def calls_left_today(integration: Integration, division_code: int, connection: psycopg.Connection) -> int:
    """Return what Exact's day still grants an integration's app for one administration."""
    return CallBudget(connection, integration.client_id, division_code).left_today()
