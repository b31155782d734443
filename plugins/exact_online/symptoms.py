"""What our own tables say about an administration's trouble: the doctor's checks that ask Exact nothing. SQL only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
from psycopg import sql

from exact_online import builds, registry
from exact_online.figures import reconciliation
from exact_online.warehouse import one_row

_FULL_REFRESH = "On the administration's page choose Full refresh."
_NEWEST = """
select distinct on (endpoint, slice) endpoint, slice, outcome, finished_at, error_message
from exact_ops.loads where administration_id = %s and (%s::text is null or data_set = %s)
order by endpoint, slice, load_id desc
"""
_BUDGET = """
select b.day_used, b.day_allowed from exact_ops.call_budgets as b
where b.client_id = %s and b.division_code = %s and b.day_started_at >= date_trunc('day', now() at time zone 'utc')
    at time zone 'utc'
"""


@dataclass(frozen=True)
class Check:
    """One question with its answer. `verdict` is ok, problem or unknown; only a problem has a remedy to follow."""

    complaint: str
    question: str
    verdict: str
    found: str
    remedy: str = ""


def sound(complaint: str, question: str, found: str) -> Check:
    """Return a check that found nothing wrong."""
    return Check(complaint, question, "ok", found)


def problem(complaint: str, question: str, found: str, remedy: str) -> Check:
    """Return a check that found what is wrong, and what to do."""
    return Check(complaint, question, "problem", found, remedy)


def unknown(complaint: str, question: str, found: str, remedy: str) -> Check:
    """Return a check that could not be made."""
    return Check(complaint, question, "unknown", found, remedy)


def axis_rows(complaint: str, connection: psycopg.Connection, administration_id: int, table: str, words: str) -> Check:
    """Return whether any member of an axis is stored: books without it are no error."""
    counted = sql.SQL("select count(*) from exact_raw.{} where administration_id = %s and deleted_at is null")
    (rows,) = one_row(connection, counted.format(sql.Identifier(table)), (administration_id,))
    question = f"Does the administration use {words}?"
    if rows:
        return sound(complaint, question, f"Yes: {rows} are stored.")
    return unknown(
        complaint,
        question,
        f"Exact delivered no {words}; reports show '(not used)'.",
        f"If there should be {words}: in Exact Online, Financial > Settings > Cost analysis, switch the axis on and "
        "book on it; then choose Sync now.",
    )


def accounts_loaded(
    complaint: str, connection: psycopg.Connection, administration: registry.Administration
) -> Iterator[Check]:
    """Yield whether the chart of accounts came, and what of it Exact deleted."""
    yield _loaded(complaint, connection, administration, "chart_of_accounts", "Was the chart of accounts loaded?")
    live, deleted = one_row(
        connection,
        "select count(*) filter (where deleted_at is null), count(*) filter (where deleted_at is not null) "
        "from exact_raw.gl_accounts where administration_id = %s",
        (administration.administration_id,),
    )
    question = "Are accounts stored?"
    if not live:
        yield problem(complaint, question, "None.", _FULL_REFRESH)
    else:
        words = f"{live} accounts; {deleted} more were deleted in Exact and stay only where lines name them."
        yield sound(complaint, question, words)


def ledger_loaded(
    complaint: str, connection: psycopg.Connection, administration: registry.Administration
) -> Iterator[Check]:
    """Yield whether the last load of the ledger was whole."""
    yield _loaded(complaint, connection, administration, "general_ledger", "Was the general ledger loaded?")


def control_totals_loaded(
    complaint: str, connection: psycopg.Connection, administration: registry.Administration
) -> Iterator[Check]:
    """Yield whether Exact's own figures are there to compare with."""
    yield _loaded(complaint, connection, administration, "control_totals", "Were Exact's own figures loaded?")


def marts_fresh(
    complaint: str, connection: psycopg.Connection, administration: registry.Administration
) -> Iterator[Check]:
    """Yield whether the marts show everything that is stored."""
    question, state = "Do the marts show what is stored?", builds.freshness(connection)
    if state["is_up_to_date"]:
        yield sound(complaint, question, "Yes.")
    elif state["built_at"] is None:
        yield problem(
            complaint, question, "They were never built.", "Choose Sync now and wait for the marts to be built."
        )
    else:
        remedy = "Wait for the DAG exact_online_marts; if it is red, its log names the test that failed."
        yield problem(complaint, question, "They were built before the newest import.", remedy)


def differences(
    complaint: str, connection: psycopg.Connection, administration: registry.Administration
) -> Iterator[Check]:
    """Yield where our figures are not Exact's, check by check."""
    question = "Do our figures equal Exact's?"
    found = reconciliation.summary(connection, administration.administration_id)
    if not found:
        yield unknown(complaint, question, "Nothing was compared yet.", "Choose Sync now and wait for the marts.")
        return
    wrong = [each for each in found if each.failed]
    if not wrong:
        yield sound(complaint, question, f"Yes, in all {sum(each.compared for each in found)} comparisons.")
    for each in wrong:
        yield problem(
            complaint,
            f"{question} ({each.check_name.replace('_', ' ')})",
            f"{each.failed} of {each.compared} differ, by {each.largest} at most: {each.reasons}",
            "Open the differences on the administration's page. Choose Sync now; if they stay, Full refresh. What "
            "stays after that differs in Exact itself (an entry that does not balance, an item without a term).",
        )


def budget(complaint: str, connection: psycopg.Connection, administration: registry.Administration) -> Iterator[Check]:
    """Yield whether calls are left today."""
    found = connection.execute(_BUDGET, (administration.client_id, administration.division_code)).fetchone()
    used, allowed = found or (0, 5000)
    question = "Are calls left today?"
    if used >= allowed:
        remedy = "Nothing: the import goes on by itself after 00:00 UTC."
        yield problem(complaint, question, f"All {allowed} calls Exact grants per day are used.", remedy)
    else:
        yield sound(complaint, question, f"{used} of {allowed} are used.")


def failed_loads(
    complaint: str, connection: psycopg.Connection, administration: registry.Administration
) -> Iterator[Check]:
    """Yield the endpoints whose newest load failed or was left out, with Exact's words."""
    question, healthy = "Did every endpoint load?", True
    for endpoint, slice_, outcome, _, message in connection.execute(_NEWEST, _values(administration)):
        if outcome not in ("failed", "skipped"):
            continue
        healthy = False
        name = f"{endpoint} {slice_}" if slice_ else endpoint
        remedy = (
            "Optional data: give the right in Exact, or the module in the licence, if you want it."
            if outcome == "skipped"
            else "Mend what Exact names, then choose Sync now: it goes on behind the last good page."
        )
        yield problem(complaint, f"{question} ({name})", message or outcome, remedy)
    if healthy:
        yield sound(complaint, question, "Yes.")


def _loaded(
    complaint: str,
    connection: psycopg.Connection,
    administration: registry.Administration,
    data_set: str,
    question: str,
) -> Check:
    rows = connection.execute(_NEWEST, _values(administration, data_set)).fetchall()
    if not rows:
        return problem(complaint, question, "Never.", "Choose Sync now.")
    failed = [f"{endpoint}: {message or outcome}" for endpoint, _, outcome, _, message in rows if outcome == "failed"]
    if failed:
        return problem(complaint, question, "; ".join(failed), "Examine 'Import fails' for the remedy, then Sync now.")
    newest = max((at for *_, at, _ in rows if at), default=None)
    return sound(complaint, question, f"Yes, last at {newest:%Y-%m-%d %H:%M} UTC." if newest else "It is under way.")


def _values(administration: registry.Administration, data_set: str | None = None) -> tuple[int, str | None, str | None]:
    return administration.administration_id, data_set, data_set
