"""Start imports for a person: first ones of new administrations, and those that stood still without a grant.

Runs behind the answer to a request: the page shows by itself what comes of it.
"""

from __future__ import annotations

import logging
from datetime import datetime

from exact_online import airflow_api, overview
from exact_online.errors import ExactOnlineError
from exact_online.web import airflow_inside
from exact_online.web.airflow_inside import AirflowInside, DagState
from exact_online.web.gate import Permission, Person
from exact_online.web.opened import opened

log = logging.getLogger(__name__)


def begin(since: dict[str, datetime], user_name: str) -> None:
    """See that each DAG is read and has a run since the moment given; a new DAG starts its first run by itself.

    :param since: DAG id -> when the administration was connected.
    """
    try:
        airflow_inside.ask_to_parse()
        airflow_api.ensure_runs(AirflowInside(user_name), since)
    except ExactOnlineError as exc:
        # The nightly schedule has it all the same; the page shows "Waiting" until then.
        log.warning("first imports: %s", exc)


def resume(integration_id: int, person: Person) -> None:
    """Start the imports of an integration that works again, from their watermarks; those under way are left alone."""
    with opened() as connection:
        theirs = [each for each in overview.situations(connection) if each.integration_id == integration_id]
    states = airflow_inside.states(each.dag_id for each in theirs)
    airflow = AirflowInside(person.name)
    for each in theirs:
        state = states.get(each.dag_id, DagState())
        if state.is_paused or state.is_active or not person.may(Permission.TRIGGER, each.dag_id):
            continue
        try:
            airflow.trigger(each.dag_id)
        except ExactOnlineError as exc:
            log.warning("resuming %s: %s", each.dag_id, exc)
