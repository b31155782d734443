"""What the commands do, without parsing or printing: each returns plain data.

The web page offers the same actions through the same registry, vault and client.
"""

from __future__ import annotations

import getpass
import logging
import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import dict_row

from exact_online import builds, oauth, registry, removals, warehouse
from exact_online.access import client_with, open_client
from exact_online.airflow_api import AirflowApi, ensure_runs
from exact_online.cipher import Cipher
from exact_online.client import new_session
from exact_online.divisions import list_divisions, me
from exact_online.environments import base_url_of
from exact_online.errors import AdministrationUnavailable, ConfigError, ExactOnlineError, TransientApiError
from exact_online.oauth import App

log = logging.getLogger(__name__)

#: Builds the marts again; a run by hand always builds.
MARTS_DAG = "exact_online_marts"
SECRET_VARIABLE = "EXACT_ONLINE_CLIENT_SECRET"
_STATUS_WORDS = {0: "inactive", 1: "active", 2: "archived"}


def migrate() -> str:
    """Bring the warehouse's schemas to this version."""
    from exact_online import migrations

    migrations.upgrade()
    return "The warehouse is up to date."


def start_connect(environment: str, base_url: str | None, client_id: str, redirect_uri: str) -> str:
    """Remember the login and return the address a person opens."""
    app = App(base_url_of(environment, base_url), client_id.strip(), _client_secret(), redirect_uri.strip())
    with _warehouse() as connection:
        state = registry.begin_login(connection, Cipher(), environment, app)
    return oauth.authorize_url(app, state)


def finish_connect(redirected_url: str) -> dict[str, Any]:
    """Trade the code in the address for a grant and store it."""
    code, state = oauth.parse_redirect(redirected_url)
    cipher = Cipher()
    with _warehouse() as connection, closing(new_session()) as session:
        environment, app = registry.take_login(connection, cipher, state)
        token = oauth.exchange_code(app, code, session)
        client = client_with(_Fixed(token.access_token), app.base_url, app.client_id, 0, connection, session)
        user = me(client)
        integration_id = registry.finish_login(connection, cipher, environment, app, token, user)
    return {"integration_id": integration_id, "environment": environment, "user": user.get("FullName")}


def list_administrations() -> list[dict[str, Any]]:
    """Return what the connected users may see, marked where it is connected."""
    with _warehouse() as connection:
        connected = {(each.environment, each.division_code) for each in registry.administrations(connection)}
        return [
            {
                "environment": integration.environment,
                "code": int(division["Code"]),
                "name": registry.facts_of_division(division)["name"],
                "country": registry.facts_of_division(division)["country_code"],
                "currency": registry.facts_of_division(division)["currency_code"],
                "status": _STATUS_WORDS.get(int(division.get("Status") or 0), "unknown"),
                "connected": (integration.environment, int(division["Code"])) in connected,
            }
            for integration, divisions in _visible(connection)
            for division in divisions
        ]


def select(codes: list[int], environment: str | None) -> list[dict[str, Any]]:
    """Connect administrations by code and see that their first import is under way."""
    with _warehouse() as connection:
        ids = [
            registry.select_administrations(
                connection, integration.integration_id, integration.environment, [division]
            )[0]
            for integration, division in _match(list(_visible(connection, environment)), codes, environment)
        ]
        connected = [each for each in registry.administrations(connection) if each.administration_id in ids]
    api = AirflowApi.from_environment()
    runs = ensure_runs(api, {each.dag_id: each.connected_at for each in connected}) if api else {}
    return [
        {
            "code": each.division_code,
            "name": each.name,
            "administration_id": each.administration_id,
            "dag_id": each.dag_id,
            "run_id": runs.get(each.dag_id),
        }
        for each in connected
    ]


def sync(codes: list[int] | None, environment: str | None = None, full_refresh: bool = False) -> list[dict[str, Any]]:
    """Trigger the DAGs of connected administrations and return the runs."""
    with _warehouse() as connection:
        chosen = _chosen(registry.administrations(connection), codes, environment)
    api = AirflowApi.from_environment()
    if api is None:
        raise ConfigError("set EXACT_ONLINE_AIRFLOW_URL (and _USER, _PASSWORD_FILE): imports run in Airflow")
    conf = {"full_refresh": True} if full_refresh else {}
    return [
        {"code": each.division_code, "dag_id": each.dag_id, "run_id": api.trigger(each.dag_id, conf)} for each in chosen
    ]


def status() -> dict[str, Any]:
    """Return integrations, administrations with the sums of their latest run, and how fresh the marts are."""
    with _warehouse() as connection:
        integrations = [asdict(each) for each in registry.integrations(connection)]
        with connection.cursor(row_factory=dict_row) as cursor:
            found = cursor.execute(_STATUS).fetchall()
        marts = builds.freshness(connection)
    return {"integrations": integrations, "administrations": found, "marts": marts}


def disconnect(codes: list[int] | None, environment: str | None, purge: bool) -> list[dict[str, Any]]:
    """Remove administrations, with their data where `purge`; without codes all of them and the grants.

    After a purge the marts are built again, so that nothing of the administrations stays in them.
    """
    with _warehouse() as connection:
        chosen = _chosen(registry.administrations(connection, connected_only=not purge), codes, environment)
        forget_grants = codes is None and environment is None
        removed = removals.disconnect(connection, chosen, purge, forget_grants, removed_by=getpass.getuser())
    api = AirflowApi.from_environment() if purge and removed else None
    if api:
        api.trigger(MARTS_DAG)
    return [
        {"dag_id": each.dag_id, "data": "purged" if purge else "kept", "rows_removed": each.rows_removed}
        for each in removed
    ]


def as_text(result: Any, under: str = "") -> Iterator[str]:
    """Yield a result as lines for a person: rows are tab-separated under a header, a moment is written to the second.

    Args:
        result: what a command returned.
        under: the name in front of the names of `result`, when it is a part of another result.
    """
    if isinstance(result, dict):
        for name, value in result.items():
            if isinstance(value, dict):
                yield from as_text(value, f"{under}{name}.")
            elif isinstance(value, list):
                yield f"{under}{name}:"
                yield from as_text(value)
            else:
                yield f"{under}{name}: {_cell(value)}"
    elif isinstance(result, list):
        if result:
            yield "\t".join(result[0])
        for row in result:
            yield "\t".join(map(_cell, row.values()))
    else:
        yield _cell(result)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.isoformat(" ", "seconds")
    return str(value)


_STATUS = """
select a.administration_id, a.environment, a.division_code, a.name, a.is_connected, a.status, a.status_reason,
       a.last_succeeded_at, l.run_id, l.rows_read, l.rows_changed, l.calls
from exact_ops.administrations as a
left join lateral (
    select run_id, sum(rows_read) as rows_read, sum(rows_inserted + rows_updated + rows_deleted) as rows_changed,
           sum(calls) as calls
    from exact_ops.loads where administration_id = a.administration_id
    group by run_id order by max(load_id) desc limit 1
) as l on true
order by a.environment, a.division_code
"""


class _Fixed:
    """The one token of a login that is not stored yet."""

    def __init__(self, access_token: str) -> None:
        self._access_token = access_token

    def access_token(self, rejected: str | None = None) -> str:
        return self._access_token


@contextmanager
def _warehouse() -> Iterator[psycopg.Connection]:
    with closing(warehouse.connect(autocommit=True)) as connection:
        try:
            yield connection
        except psycopg.errors.UndefinedTable:
            raise ConfigError("the warehouse has no schema yet: run `python -m exact_online migrate`") from None
        except psycopg.OperationalError as exc:
            raise TransientApiError(f"the warehouse broke off: {type(exc).__name__}") from exc


def _visible(
    connection: psycopg.Connection, environment: str | None = None
) -> Iterator[tuple[registry.Integration, list[dict[str, Any]]]]:
    """Yield what each integration's user may see; one that fails is named, and ends it only where no other is left."""
    found = [each for each in registry.integrations(connection) if environment in (None, each.environment)]
    if not found:
        where = f" in {environment}" if environment else ""
        raise ConfigError(f"Exact Online is not connected{where} yet: run `python -m exact_online connect`")
    failures: list[ExactOnlineError] = []
    with closing(new_session()) as session:
        for integration in found:
            home = integration.home_division or 0
            client = open_client(integration, home, connection, warehouse.connect, Cipher(), session)
            try:
                yield integration, list_divisions(client)
            except ExactOnlineError as exc:
                log.warning("integration %s (%s): %s", integration.integration_id, integration.environment, exc)
                failures.append(exc)
    if len(failures) == len(found):
        raise failures[0]


def _match(
    visible: list, codes: list[int], environment: str | None
) -> list[tuple[registry.Integration, dict[str, Any]]]:
    """Return (integration, division) per code; a code that is missing or ambiguous is an error before any change."""
    chosen = []
    for code in dict.fromkeys(codes):
        found = [
            (integration, division)
            for integration, divisions in visible
            for division in divisions
            if int(division["Code"]) == code and environment in (None, integration.environment)
        ]
        if not found:
            raise AdministrationUnavailable(
                f"administration {code} is not in the list of the connected user", "no_access"
            )
        if len({integration.environment for integration, _ in found}) > 1:
            raise ConfigError(f"administration {code} exists in several environments: add --environment")
        if found[0][1].get("Status") == 2:
            raise AdministrationUnavailable(
                f"administration {code} is archived in Exact: reactivate it there", "archived"
            )
        chosen.append(found[0])
    return chosen


def _chosen(
    found: list[registry.Administration], codes: Iterable[int] | None, environment: str | None
) -> list[registry.Administration]:
    """Return the administrations that are meant; one that is missing or ambiguous is an error before any change."""
    found = [each for each in found if environment in (None, each.environment)]
    if codes is None:
        return found
    wanted = set(codes)
    chosen = [each for each in found if each.division_code in wanted]
    missing = sorted(wanted - {each.division_code for each in chosen})
    if missing:
        raise AdministrationUnavailable(f"not connected: {', '.join(map(str, missing))}", "not_found")
    if len(chosen) > len(wanted):
        twice = sorted(code for code, times in Counter(each.division_code for each in chosen).items() if times > 1)
        raise ConfigError(f"{', '.join(map(str, twice))}: connected in several environments; add --environment")
    return chosen


def _client_secret() -> str:
    """Return the app's secret from the environment or standard input; never from an argument."""
    secret = os.environ.get(SECRET_VARIABLE, "").strip()
    if not secret:
        secret = getpass.getpass("Client secret: ") if sys.stdin.isatty() else sys.stdin.readline()
    if not secret.strip():
        raise ConfigError(f"no client secret: set {SECRET_VARIABLE} or give it on standard input")
    return secret.strip()
