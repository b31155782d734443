"""Commands about what is connected already: what an import takes, names, schedules, pauses, new codes, mapping.

Plain data in and out, as in `commands`; the web page offers the same through the same modules.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from exact_online import choosing, manage, mapping, quote, registry, removing, rights
from exact_online.access import calls_left_today
from exact_online.airflow_api import MARTS_DAG, AirflowApi
from exact_online.cipher import Cipher
from exact_online.commands import COMMAND_LINE, chosen_administrations, opened_warehouse
from exact_online.errors import ConfigError
from exact_online.nights import night_in_words
from exact_online.registry import Administration


def price(code: int, environment: str | None) -> dict[str, Any]:
    """Return what reading an administration in full takes, and which data sets may be read."""
    with opened_warehouse() as connection:
        (found,) = choosing.match(choosing.visible(connection, Cipher(), environment), [code], environment)
        left = calls_left_today(found.integration, code, connection)
        with choosing.client_of(found.integration, code, connection, Cipher()) as client:
            rights_found = [asdict(each) for each in rights.check_rights(client)]
            return {**asdict(quote.quote(client, left)), "rights": rights_found}


def rename(code: int, environment: str | None, label: str) -> str:
    """Give an administration a name of our own; an empty one brings Exact's back."""
    with opened_warehouse() as connection:
        manage.rename_administration(connection, _one(connection, code, environment).administration_id, label)
    return "Renamed."


def schedule(code: int, environment: str | None, rhythm: str, time: str) -> str:
    """Change when an administration is imported."""
    cron = manage.cron_of(rhythm, time)
    with opened_warehouse() as connection:
        manage.set_schedule(connection, _one(connection, code, environment).administration_id, cron)
    return f"The schedule is stored: {cron or night_in_words()} (Amsterdam time)."


def promise(code: int, environment: str | None, hours: int | None) -> str:
    """Change how old the last good import may get before people are told."""
    with opened_warehouse() as connection:
        manage.promise(connection, _one(connection, code, environment).administration_id, hours)
    if hours == 0:
        return "Nobody is told, however old its data get."
    return f"Its data may get {f'{hours} hours old' if hours else 'as old as its schedule makes usual'}."


def pause(codes: list[int] | None, environment: str | None, is_paused: bool) -> list[dict[str, Any]]:
    """Pause or resume the imports of administrations."""
    with opened_warehouse() as connection:
        chosen = chosen_administrations(registry.administrations(connection), codes, environment)
    api = _airflow()
    for each in chosen:
        api.pause(each.dag_id, is_paused)
    return [{"code": each.division_code, "state": "paused" if is_paused else "resumed"} for each in chosen]


def reselect(code: int, new_code: int, environment: str | None) -> str:
    """Attach an administration to the code Exact has for it now."""
    with opened_warehouse() as connection:
        old = _one(connection, code, environment)
        rows = choosing.visible(connection, Cipher(), old.environment)
        (chosen,) = choosing.match(rows, [new_code], old.environment)
        registry.reselect(connection, old.administration_id, chosen.division)
    return f"{code} is {new_code} now; its next import reads everything again."


def receipts() -> list[dict[str, Any]]:
    """Return who removed what, newest first."""
    with opened_warehouse() as connection:
        return [asdict(each) for each in removing.receipts(connection, 100)]


def mapping_file(code: int, environment: str | None) -> str:
    """Return the stored mapping of an administration as CSV."""
    with opened_warehouse() as connection:
        found = _one(connection, code, environment)
        rows = mapping.stored(connection, found.environment, found.division_code, live_only=True)
    return mapping.write_csv(mapping.COLUMNS, map(vars, rows)).rstrip()


def store_mapping(text: str) -> str:
    """Store the rows of a CSV file, all or none, and build the marts."""
    rows = mapping.read_csv(text)
    with opened_warehouse() as connection:
        mapping.save(connection, rows, COMMAND_LINE)
    api = AirflowApi.from_environment()
    if api:
        api.trigger(MARTS_DAG)
    return f"{len(rows)} mappings are stored."


def _one(connection: Any, code: int, environment: str | None) -> Administration:
    return chosen_administrations(registry.administrations(connection), [code], environment)[0]


def _airflow() -> AirflowApi:
    api = AirflowApi.from_environment()
    if api is None:
        raise ConfigError("set EXACT_ONLINE_AIRFLOW_URL (and _USER, _PASSWORD_FILE): imports run in Airflow")
    return api
