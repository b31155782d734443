"""Proves the copy against Exact's own figures, and heals what differs: by reading again, then by reloading.

The ledger is compared with Exact's balances, open items with its lists, and every stream, weekly, with its number of
rows. First what differs is read once more, because entries are made while we read. What still differs is reloaded: the
fiscal periods of the ledger through its second service, the payment terms in full. What differs even then is recorded
with both figures. Other administrations are not touched.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from exact_online import catalogue, comparison, due, load_log, passes
from exact_online.catalogue import Endpoint
from exact_online.comparison import LISTS, Difference
from exact_online.errors import RequestRejected
from exact_online.extract import Run, load_endpoint, reload_period
from exact_online.warehouse import one_row

log = logging.getLogger(__name__)

_LEDGER, _BALANCES, _TERMS = "transaction_lines", "reporting_balances", "payment_terms"


@dataclass(frozen=True)
class Subject:
    """What is compared: a fiscal year of the ledger, or one side of the open items.

    compare: returns what differs.
    refresh: reads Exact's own figures of it again.
    reload: replaces what differs by what Exact has.
    """

    name: str
    compare: Callable[[], list[Difference]]
    refresh: Callable[[], object]
    reload: Callable[[list[Difference]], object]


def reconcile(run: Run) -> dict[str, list[Difference]]:
    """Compare what this run has read of Exact's own figures; return what remains different per subject."""
    run = replace(run, full_refresh=False, from_date=None)  # healing reads no more than it must
    differing = _settle(run, _ledger_subjects(run), _LEDGER) | _settle(run, _open_item_subjects(run), _TERMS)
    for endpoint in _endpoints_to_count(run):
        subject = _count_subject(run, endpoint)
        if subject:
            differing |= _settle(run, [subject], endpoint.name)
    return differing


def in_words(differing: dict[str, list[Difference]]) -> str:
    """Say what differs, with both figures of the first few; all are in exact_ops.reconciliation_differences."""
    parts = []
    for subject, found in differing.items():
        shown = "; ".join(
            f"{each.item}: Exact {each.exact_amount} ({each.exact_count}), here {each.stored_amount} "
            f"({each.stored_count})"
            for each in found[:3]
        )
        parts.append(f"{subject}: {len(found)} figures differ from Exact's own: {shown}")
    return (
        ". ".join(parts) + ". The marts are built all the same; exact_ops.reconciliation_differences has all of them."
    )


def _settle(run: Run, subjects: list[Subject], stream: str) -> dict[str, list[Difference]]:
    """Heal subjects that depend on one sync stream, and record each outcome."""
    healed_by = dict.fromkeys((each.name for each in subjects), "")
    differing = {each.name: (each, found) for each in subjects if (found := each.compare())}
    steps: list[tuple[str, Callable[[Subject, list[Difference]], object]]] = [
        ("reading again", lambda subject, found: None),
        ("reloading", lambda subject, found: subject.reload(found)),
    ]
    for step, heal in steps:
        if not differing:
            break
        figures = sum(len(found) for _, found in differing.values())
        log.warning("%s: %s figures differ from Exact's; %s", ", ".join(differing), figures, step)
        try:
            if step == "reading again":
                _read_stream_again(run, stream)
            for subject, found in differing.values():
                if step == "reloading" and not subject.compare():
                    continue  # what healed another subject healed this one too
                heal(subject, found)
                subject.refresh()
        except RequestRejected as exc:
            log.warning("%s is not possible: %s", step, exc)
        still = {name: (subject, found) for name, (subject, _) in differing.items() if (found := subject.compare())}
        healed_by.update({name: step for name in differing if name not in still})
        differing = still
    for each in subjects:
        found = differing[each.name][1] if each.name in differing else []
        comparison.record(
            run.connection, run.administration_id, each.name, run.run_id, found, healed_by[each.name] or None
        )
    return {name: found for name, (_, found) in differing.items()}


def _read_stream_again(run: Run, stream: str) -> None:
    for name in (stream, catalogue.DELETIONS):
        load_endpoint(run, catalogue.endpoints()[name])


def _ledger_subjects(run: Run) -> list[Subject]:
    """The fiscal years whose balances this run has read."""
    return [_ledger_subject(run, int(year)) for year in sorted(filter(None, _read_in_run(run, _BALANCES)))]


def _ledger_subject(run: Run, year: int) -> Subject:
    lines, balances = catalogue.endpoints()[_LEDGER], catalogue.endpoints()[_BALANCES]

    def reload(found: list[Difference]) -> None:
        deleted = 0
        for period in sorted({each.period for each in found if each.period is not None}):
            log.warning("Reloading fiscal year %s period %s of the ledger", year, period)
            deleted += reload_period(run, lines, year, period).counts.rows_deleted
        if deleted and not _has_delete_log(run):
            log.warning(
                "%s lines are gone in Exact that its delete log does not name, and the log is empty: the user may lack "
                'the right "Retrieve deleted records through web services"',
                deleted,
            )

    return Subject(
        str(year),
        lambda: comparison.ledger(run.connection, run.administration_id, year),
        lambda: load_endpoint(run, balances, str(year)),
        reload,
    )


def _open_item_subjects(run: Run) -> list[Subject]:
    """The sides whose list this run has read, where the terms themselves can be read at all."""
    if not load_log.has_succeeded(run.connection, run.administration_id, _TERMS):
        return []
    return [_open_item_subject(run, name) for name, (table, _) in LISTS.items() if _read_in_run(run, table)]


def _open_item_subject(run: Run, name: str) -> Subject:
    terms, own_list = catalogue.endpoints()[_TERMS], catalogue.endpoints()[LISTS[name][0]]

    def reload(found: list[Difference]) -> None:
        reason = f"{name} differ from Exact's own list"
        passes.require_full_read(run.connection, run.administration_id, _TERMS, reason)
        load_endpoint(run, terms)

    return Subject(
        name,
        lambda: comparison.open_items(run.connection, run.administration_id, name),
        lambda: load_endpoint(run, own_list),
        reload,
    )


def _endpoints_to_count(run: Run) -> list[Endpoint]:
    """The sync endpoints whose rows are due to be counted: what no control total of Exact's covers may get lost too."""
    return [
        endpoint
        for endpoint in catalogue.endpoints().values()
        if endpoint.deleted_type is not None
        and due.count_is_due(run.connection, run.administration_id, endpoint, run.clock())
    ]


def _count_subject(run: Run, endpoint: Endpoint) -> Subject | None:
    """Ask Exact how many rows there are, for one call; None where it does not say."""
    count = _count(run, endpoint)
    if count is None:
        return None
    known = [count]

    def refresh() -> None:
        count = _count(run, endpoint)
        known[0] = known[0] if count is None else count

    def reload(found: list[Difference]) -> None:
        passes.require_full_read(run.connection, run.administration_id, endpoint.name, f"Exact has {known[0]} rows")
        load_endpoint(run, endpoint)

    return Subject(
        endpoint.name,
        lambda: comparison.rows(run.connection, run.administration_id, endpoint.name, known[0]),
        refresh,
        reload,
    )


def _count(run: Run, endpoint: Endpoint) -> int | None:
    try:
        return run.client.count(endpoint.path, ",".join(endpoint.key), "Timestamp gt 0L")
    except RequestRejected as exc:
        log.info("%s: Exact does not count its rows: %s", endpoint.name, exc)
        return None


def _read_in_run(run: Run, endpoint: str) -> set[str | None]:
    done = load_log.done_in_run(run.connection, run.administration_id, run.run_id, catalogue.CONTROL_TOTALS)
    return {each.slice for each in done if each.endpoint == endpoint and each.is_read}


def _has_delete_log(run: Run) -> bool:
    return bool(
        one_row(
            run.connection,
            "select exists (select from exact_raw.deletions where administration_id = %s)",
            (run.administration_id,),
        )[0]
    )
