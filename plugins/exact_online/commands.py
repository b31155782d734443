"""What the commands do, without parsing or printing: each returns plain data.

The web page offers the same actions through the same modules; what both do stands there, not here.
"""

from __future__ import annotations

import getpass
import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from datetime import datetime
from typing import Any

import psycopg

from exact_online import apps, choosing, connecting, doctor, overview, registry, rekeying, removals, roles, warehouse
from exact_online.airflow_api import MARTS_DAG, AirflowApi, ensure_runs
from exact_online.cipher import Cipher
from exact_online.environments import base_url_of
from exact_online.errors import AdministrationUnavailable, ConfigError, TransientApiError
from exact_online.oauth import App
from exact_online.signing import Signer

SECRET_VARIABLE = "EXACT_ONLINE_CLIENT_SECRET"
#: Who starts and finishes a login on the command line; a login of the web page belongs to a person instead.
COMMAND_LINE = "the command line"


def migrate() -> str:
    """Bring the warehouse's schemas to this version."""
    from exact_online import migrations

    migrations.upgrade()
    return "The warehouse is up to date."


def start_reconnect(integration_id: int) -> str:
    """Remember a login for an integration that exists and return the address a person opens."""
    with opened_warehouse() as connection:
        environment, app = apps.registered(connection, Cipher(), integration_id)
        return connecting.start(connection, Cipher(), Signer(), environment, app, COMMAND_LINE, integration_id)


def start_connect(environment: str, base_url: str | None, client_id: str, redirect_uri: str) -> str:
    """Remember the login and return the address a person opens."""
    app = App(base_url_of(environment, base_url), client_id.strip(), _client_secret(), redirect_uri.strip())
    with opened_warehouse() as connection:
        return connecting.start(connection, Cipher(), Signer(), environment, app, COMMAND_LINE)


def finish_connect(redirected_url: str) -> dict[str, Any]:
    """Trade the code in the address for a grant and store it."""
    with opened_warehouse() as connection:
        connected = connecting.finish(connection, Cipher(), Signer(), redirected_url, COMMAND_LINE)
    return {
        "integration_id": connected.integration_id,
        "environment": connected.environment,
        "user": connected.user_name,
    }


def grant_roles() -> list[dict[str, str]]:
    """Make the roles of the warehouse and return what each is for."""
    with opened_warehouse() as connection:
        roles.grant(connection)
    return [{"role": roles.LOADER, "for": "imports"}, {"role": roles.DBT, "for": "builds of the marts"}]


def limit_analyst(login: str, codes: list[int] | None, environment: str | None) -> str:
    """Let an analyst's login see only some administrations in the marts, or all of them again."""
    with opened_warehouse() as connection:
        if codes is None:
            roles.unlimit(connection, login)
            return f"{login} sees all administrations."
        chosen = chosen_administrations(registry.administrations(connection), codes, environment)
        roles.limit(connection, login, [each.administration_id for each in chosen])
    return f"{login} sees {', '.join(each.name for each in chosen)} and no other, from the next build of the marts on."


def rotate_keys() -> dict[str, Any]:
    """Encrypt every stored secret with the first key."""
    with opened_warehouse() as connection:
        return {"secrets_encrypted_again": rekeying.encrypt_again(connection, Cipher())}


def list_administrations() -> list[dict[str, Any]]:
    """Return what the connected users may see, marked where it is connected."""
    with opened_warehouse() as connection:
        return [each.row() for each in choosing.visible(connection, Cipher())]


def select(codes: list[int], environment: str | None) -> list[dict[str, Any]]:
    """Connect administrations by code and see that their first import is under way."""
    with opened_warehouse() as connection:
        chosen = choosing.match(choosing.visible(connection, Cipher(), environment), codes, environment)
        connected = choosing.connect(connection, chosen)
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


def sync(
    codes: list[int] | None, environment: str | None = None, full_refresh: bool = False, from_date: str | None = None
) -> list[dict[str, Any]]:
    """Trigger the DAGs of connected administrations and return the runs."""
    with opened_warehouse() as connection:
        chosen = chosen_administrations(registry.administrations(connection), codes, environment)
    api = AirflowApi.from_environment()
    if api is None:
        raise ConfigError("set EXACT_ONLINE_AIRFLOW_URL (and _USER, _PASSWORD_FILE): imports run in Airflow")
    conf: dict[str, Any] = {"full_refresh": True} if full_refresh else {}
    if from_date:
        conf["from_date"] = from_date
    return [
        {"code": each.division_code, "dag_id": each.dag_id, "run_id": api.trigger(each.dag_id, conf)} for each in chosen
    ]


def status() -> dict[str, Any]:
    """Return integrations, administrations with the sums of their latest run, and how fresh the marts are."""
    with opened_warehouse() as connection:
        return overview.status(connection)


def examine(code: int, environment: str | None, complaint: str | None) -> list[dict[str, Any]]:
    """Return what the doctor finds for one administration, check by check."""
    with opened_warehouse() as connection:
        known = registry.administrations(connection)
        here = [each for each in known if each.division_code == code]
        (patient,) = chosen_administrations(known, [code], environment) if here else (None,)
        found = doctor.examine(connection, Cipher(), code, patient, environment, complaint)
    return [asdict(each) for each in found]


def disconnect(codes: list[int] | None, environment: str | None, purge: bool) -> list[dict[str, Any]]:
    """Remove administrations, with their data where `purge`; without codes all of them and the grants.

    After a purge the marts are built again, so that nothing of the administrations stays in them.
    """
    with opened_warehouse() as connection:
        chosen = chosen_administrations(
            registry.administrations(connection, connected_only=not purge), codes, environment
        )
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


@contextmanager
def opened_warehouse() -> Iterator[psycopg.Connection]:
    """Give an autocommit connection; what the warehouse refuses becomes a sentence."""
    with closing(warehouse.connect(autocommit=True)) as connection:
        try:
            yield connection
        except psycopg.errors.UndefinedTable:
            raise ConfigError("the warehouse has no schema yet: run `python -m exact_online migrate`") from None
        except psycopg.OperationalError as exc:
            raise TransientApiError(f"the warehouse broke off: {type(exc).__name__}") from exc


def chosen_administrations(
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
