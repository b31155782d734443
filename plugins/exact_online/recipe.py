"""The steps of an import, as the tasks of a DAG run them: before, one data set, control totals, after.

Each step may be repeated, killed and repeated again. Knows no Airflow; a run is one DAG run.
"""

from __future__ import annotations

import logging
from typing import Any

import psycopg

from exact_online import catalogue, due, load_log, moves, quote
from exact_online.catalogue import Endpoint
from exact_online.errors import (
    DataContractError,
    ExactOnlineError,
    PaginationError,
    RequestRejected,
    TransientApiError,
)
from exact_online.extract import Run, load_endpoint
from exact_online.load_log import Loaded

log = logging.getLogger(__name__)

#: What concerns one endpoint: the others of the data set still have their turn.
_OF_ONE_ENDPOINT = (DataContractError, PaginationError, RequestRejected, TransientApiError)
#: As many endpoints without an answer mean that Exact is away: the rest waits for the retry.
_TROUBLE_IS_GENERAL = 2
_LEDGER = "transaction_lines"

Slices = list[str | None]


def note_division(run: Run, division: dict[str, Any]) -> str | None:
    """Note whether the administration moved since it was last looked at; return what happened, or None.

    :param division: the administration's row of system/Divisions. Looked at before an import and after it.
    """
    return moves.note_division(run.connection, run.administration_id, division)


def prepare(run: Run, calls_left_today: int) -> dict[str, int]:
    """Look at what else makes stored data incomparable, and say what a reading from the beginning will cost.

    Returns endpoint -> how many rows Exact says there are, where it was asked.
    """
    moves.note_age_of_delete_log(run.connection, run.administration_id, run.clock())
    if not (run.full_refresh or is_first_import(run.connection, run.administration_id)):
        return {}
    cost = quote.quote(run.client, calls_left_today)
    log.info("Reading everything from the beginning: %s (%s ledger lines)", cost, f"{cost.rows:,}")
    return {_LEDGER: cost.rows}


def is_first_import(connection: psycopg.Connection, administration_id: int) -> bool:
    """Return whether the ledger was never read to its end."""
    return not load_log.has_succeeded(connection, administration_id, _LEDGER)


def load_data_set(run: Run, data_set: str) -> dict[str, int]:
    """Load the endpoints of a data set and return the rows read of each.

    Goes on where this run stopped: what it has read well is left alone. Repeating a data set it is done with reads all
    of it again. Raises the first error after all endpoints had their turn.
    """
    work = _work(run, data_set)
    rows: dict[str, int] = {}
    errors: list[ExactOnlineError] = []
    for endpoint, slices in work:
        try:
            for slice_ in slices:
                load = load_endpoint(run, endpoint, slice_)
                rows[endpoint.name] = rows.get(endpoint.name, 0) + load.counts.rows_read
        except _OF_ONE_ENDPOINT as exc:
            log.error("%s", exc)
            errors.append(exc)
            if sum(isinstance(each, TransientApiError) for each in errors) == _TROUBLE_IS_GENERAL:
                break
    if errors:
        # One that a retry may mend comes first: the task is then tried again.
        raise min(errors, key=lambda error: not isinstance(error, TransientApiError))
    return rows


def _work(run: Run, data_set: str) -> list[tuple[Endpoint, Slices]]:
    """Return what of a data set is due in this run and not yet done, in the catalogue's order."""
    done = load_log.done_in_run(run.connection, run.administration_id, run.run_id, data_set)
    wanted = [(endpoint, _slices(run, endpoint)) for endpoint in catalogue.of_data_set(data_set)]
    left = [(endpoint, [each for each in slices if not _is_done(done, endpoint, each)]) for endpoint, slices in wanted]
    return left if any(slices for _, slices in left) else wanted


def _is_done(done: set[Loaded], endpoint: Endpoint, slice_: str | None) -> bool:
    return any((each.endpoint, each.slice) == (endpoint.name, slice_) for each in done)


def _slices(run: Run, endpoint: Endpoint) -> Slices:
    now = run.clock()
    if endpoint.data_set == catalogue.CONTROL_TOTALS:
        return due.slices_due(run.connection, run.administration_id, endpoint, now, everything=run.full_refresh)
    if run.full_refresh or due.is_due(run.connection, run.administration_id, endpoint, now):
        return [None]
    log.info("%s changes slowly and is read every %s days", endpoint.name, due.reference_days())
    return []
