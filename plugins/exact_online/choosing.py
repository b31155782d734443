"""Which administrations the connected users may see, and connecting some of them. Shared by commands and web."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg

from exact_online import registry, warehouse
from exact_online.access import open_client
from exact_online.cipher import Cipher
from exact_online.client import ExactClient, new_session
from exact_online.divisions import list_divisions
from exact_online.errors import AdministrationUnavailable, ConfigError, ExactOnlineError

log = logging.getLogger(__name__)

_USED = """
select division_code, minute_used from exact_ops.call_budgets
where client_id = %s and division_code = any(%s) and minute_started_at >= date_trunc('minute', now())
"""
STATUS_WORDS = {0: "inactive", 1: "active", 2: "archived"}
_ARCHIVED = 2


@dataclass(frozen=True)
class Visible:
    """One administration a connected user may see, as Exact lists it."""

    integration: registry.Integration
    division: dict[str, Any]
    is_connected: bool

    @property
    def code(self) -> int:
        """Exact's code of it."""
        return int(self.division["Code"])

    @property
    def is_archived(self) -> bool:
        """Whether it cannot be read until it is reactivated in Exact."""
        return self.division.get("Status") == _ARCHIVED

    def row(self) -> dict[str, Any]:
        """Return what a person chooses by."""
        facts = registry.facts_of_division(self.division)
        return {
            "environment": self.integration.environment,
            "code": self.code,
            "name": facts["name"],
            "country": facts["country_code"],
            "currency": facts["currency_code"],
            "status": STATUS_WORDS.get(int(self.division.get("Status") or 0), "unknown"),
            "connected": self.is_connected,
        }


@contextmanager
def client_of(
    integration: registry.Integration, division_code: int, connection: psycopg.Connection, cipher: Cipher
) -> Iterator[ExactClient]:
    """Give a client for one administration of an integration, with the grant it has stored."""
    with closing(new_session()) as session:
        yield open_client(integration, division_code, connection, warehouse.connect, cipher, session)


def visible_to(connection: psycopg.Connection, cipher: Cipher, integration: registry.Integration) -> list[Visible]:
    """Return what one integration's user may see, by code."""
    connected = {(each.environment, each.division_code) for each in registry.administrations(connection)}
    with client_of(integration, _idle_division(connection, integration), connection, cipher) as client:
        divisions = list_divisions(client)
    return [
        Visible(integration, division, (integration.environment, int(division["Code"])) in connected)
        for division in divisions
    ]


def _idle_division(connection: psycopg.Connection, integration: registry.Integration) -> int:
    """Return the administration with most calls left: a list may be asked of any, and must not wait for an import."""
    codes = [
        each.division_code
        for each in registry.administrations(connection)
        if each.integration_id == integration.integration_id
    ]
    if integration.home_division:
        codes.insert(0, integration.home_division)
    used: dict[int, int] = dict(connection.execute(_USED, (integration.client_id, codes)).fetchall())
    return min(codes, key=lambda code: used.get(code, 0), default=0)


def visible(connection: psycopg.Connection, cipher: Cipher, environment: str | None = None) -> list[Visible]:
    """Return what all users may see; one that fails is named, and ends it only where no other is left."""
    found = [each for each in registry.integrations(connection) if environment in (None, each.environment)]
    if not found:
        where = f" in {environment}" if environment else ""
        raise ConfigError(f"Exact Online is not connected{where} yet: run `python -m exact_online connect`")
    rows: list[Visible] = []
    failures: list[ExactOnlineError] = []
    for integration in found:
        try:
            rows += visible_to(connection, cipher, integration)
        except ExactOnlineError as exc:
            log.warning("integration %s (%s): %s", integration.integration_id, integration.environment, exc)
            failures.append(exc)
    if len(failures) == len(found):
        raise failures[0]
    return rows


def match(rows: Iterable[Visible], codes: list[int], environment: str | None = None) -> list[Visible]:
    """Return a row per code; a code that is missing, archived or ambiguous is an error before any change."""
    rows = list(rows)
    chosen = []
    for code in dict.fromkeys(codes):
        found = [each for each in rows if each.code == code and environment in (None, each.integration.environment)]
        if not found:
            raise AdministrationUnavailable(
                f"administration {code} is not in the list of the connected user", "no_access"
            )
        if len({each.integration.environment for each in found}) > 1:
            raise ConfigError(f"administration {code} exists in several environments: add --environment")
        if found[0].is_archived:
            raise AdministrationUnavailable(
                f"administration {code} is archived in Exact: reactivate it there", "archived"
            )
        chosen.append(found[0])
    return chosen


def connect(connection: psycopg.Connection, chosen: list[Visible]) -> list[registry.Administration]:
    """Connect administrations and return them as registered; their DAGs are there from the next parse on."""
    ids = [
        registry.select_administrations(
            connection, each.integration.integration_id, each.integration.environment, [each.division]
        )[0]
        for each in chosen
    ]
    return [each for each in registry.administrations(connection) if each.administration_id in ids]
