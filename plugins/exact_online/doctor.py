"""Why is it missing, wrong or red? Ordered checks, each with what was found and what to do about it.

Reads Exact (a handful of calls), the registry, the load log and the proof; changes nothing anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import psycopg

from exact_online import registry, rights, symptoms, warehouse
from exact_online.access import open_client
from exact_online.cipher import Cipher
from exact_online.client import ExactClient, new_session
from exact_online.divisions import list_divisions, me
from exact_online.errors import AdministrationUnavailable, ExactOnlineError, ReauthorizationRequired
from exact_online.symptoms import Check, problem, sound, unknown

#: What a person complains of, in the order of the page.
COMPLAINTS = {
    "not_found": "Administration not found",
    "account": "Account missing",
    "axis": "Analytical axis missing",
    "figures": "Figures differ",
    "import": "Import fails",
}
_RECONNECT = "Open Exact Online in Airflow, choose Reconnect on the integration's card, and log in to Exact."
_AXES = {"cost_centers": "cost centers", "cost_units": "cost units", "projects": "projects"}


@dataclass
class Visit:
    """One examination: what is asked of Exact is asked once."""

    connection: psycopg.Connection
    client: ExactClient
    integration: registry.Integration
    code: int
    administration: registry.Administration | None

    @cached_property
    def user(self) -> str:
        """Who is logged in. Raises ExactOnlineError where the grant does not work."""
        found = me(self.client)
        return str(found.get("FullName") or found.get("UserName") or "an Exact user")

    @cached_property
    def division(self) -> dict[str, Any] | None:
        """The administration as Exact lists it for this user, or None."""
        return next((row for row in list_divisions(self.client) if int(row["Code"]) == self.code), None)

    @cached_property
    def rights(self) -> dict[str, rights.Right]:
        """What may be read, per data set."""
        return {each.data_set: each for each in rights.check_rights(self.client)}


def examine(
    connection: psycopg.Connection,
    cipher: Cipher,
    code: int,
    administration: registry.Administration | None,
    environment: str | None = None,
    complaint: str | None = None,
) -> list[Check]:
    """Return the checks of one complaint, or of all, for an administration that need not be connected.

    :param administration: the administration as registered, or None where the code is not connected.
    """
    found = [
        each
        for each in registry.integrations(connection)
        if (administration and each.integration_id == administration.integration_id)
        or (administration is None and environment in (None, each.environment))
    ]
    if not found:
        where = f" in {environment}" if environment else ""
        return [problem("not_found", "Is Exact Online connected?", f"Nothing is connected{where}.", _RECONNECT)]
    checks: list[Check] = []
    for integration in found:
        with closing(new_session()) as session:
            home = code if administration else integration.home_division or code
            client = open_client(integration, home, connection, warehouse.connect, cipher, session)
            visit = Visit(connection, client, integration, code, administration)
            wanted = [complaint] if complaint else list(COMPLAINTS if administration else ["not_found"])
            checks += [check for name in wanted for check in _guarded(name, visit)]
    return checks


def _guarded(complaint: str, visit: Visit) -> Iterator[Check]:
    """Yield the checks in their order; one that Exact does not answer ends them, with its words."""
    for check in _CHECKS[complaint]:
        try:
            yield from check(complaint, visit)
        except ReauthorizationRequired as exc:
            yield problem(complaint, "Does the grant work?", str(exc), _RECONNECT)
            return
        except ExactOnlineError as exc:
            yield unknown(complaint, "Does Exact answer?", str(exc), "Wait a while and examine again.")
            return


def _grant(complaint: str, visit: Visit) -> Iterator[Check]:
    words = f"Connected as {visit.user} ({visit.integration.environment})."
    yield sound(complaint, "Does the grant work?", words)


def _listed(complaint: str, visit: Visit) -> Iterator[Check]:
    question = f"May the Exact user see administration {visit.code}?"
    try:
        division = visit.division
    except AdministrationUnavailable:
        # Exact refuses even the list to a call that names an administration the user may not see.
        division = None
    if division is None:
        yield problem(
            complaint,
            question,
            f"Administration {visit.code} is not in the list of {visit.user}: it was deleted, has a new code, the user "
            "has no access, or it was not ticked when access was given.",
            "In Exact Online: company and users menu > Users > (user) > Administrations, tick it. If it is ticked: "
            "user menu > Security centre > Manage apps, tick it for this app. If it has a new code: Reselect it here.",
        )
        return
    yield sound(complaint, question, f"Yes: {division.get('Description')}")
    if division.get("Status") == 2:
        remedy = "In Exact Online: company and users menu > Administrations > Archived, reactivate it; or delete it."
        yield problem(complaint, "Is it active?", "It is archived in Exact.", remedy)
    else:
        yield sound(complaint, "Is it active?", "Yes.")
    if division.get("BlockingStatus"):
        words = "Exact is making a backup, restoring or converting it, and lets nobody in meanwhile."
        yield problem(complaint, "Is it free to read?", words, "Wait until Exact is done; the next import tries again.")


def _required_rights(complaint: str, visit: Visit) -> Iterator[Check]:
    yield from _rights(complaint, visit, [each for each in visit.rights.values() if each.is_required])


def _all_rights(complaint: str, visit: Visit) -> Iterator[Check]:
    yield from _rights(complaint, visit, list(visit.rights.values()))


def _account_right(complaint: str, visit: Visit) -> Iterator[Check]:
    yield from _rights(complaint, visit, [visit.rights["chart_of_accounts"]])


def _axis_right(complaint: str, visit: Visit) -> Iterator[Check]:
    yield from _rights(complaint, visit, [visit.rights["analytical_axes"]])


def _rights(complaint: str, visit: Visit, wanted: list[rights.Right]) -> Iterator[Check]:
    for each in wanted:
        question = f"May the user read {each.data_set.replace('_', ' ')}?"
        if each.is_granted:
            yield sound(complaint, question, "Yes.")
        else:
            needed = "It is required: no report is right without it." if each.is_required else "It is optional."
            yield problem(complaint, question, f"Exact says no. {needed}", each.remedy)


def _axes(complaint: str, visit: Visit) -> Iterator[Check]:
    if visit.administration is None:
        return
    for table, words in _AXES.items():
        yield symptoms.axis_rows(complaint, visit.connection, visit.administration.administration_id, table, words)


def _local(
    evidence: Callable[[str, psycopg.Connection, registry.Administration], Iterator[Check]],
) -> Callable[..., Any]:
    """Make a check of what we store ourselves; an administration that is not connected has none."""

    def check(complaint: str, visit: Visit) -> Iterator[Check]:
        if visit.administration is not None:
            yield from evidence(complaint, visit.connection, visit.administration)

    return check


_CHECKS: dict[str, list[Callable[[str, Visit], Iterator[Check]]]] = {
    "not_found": [_grant, _listed, _required_rights],
    "account": [_grant, _account_right, _local(symptoms.accounts_loaded), _local(symptoms.marts_fresh)],
    "axis": [_grant, _axis_right, _axes, _local(symptoms.marts_fresh)],
    "figures": [
        _local(symptoms.ledger_loaded),
        _local(symptoms.control_totals_loaded),
        _local(symptoms.marts_fresh),
        _local(symptoms.differences),
    ],
    "import": [_grant, _listed, _all_rights, _local(symptoms.budget), _local(symptoms.failed_loads)],
}
