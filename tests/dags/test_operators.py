"""What the tasks of an administration do on a good day and on each kind of bad one, against scripted answers."""

from __future__ import annotations

import json
from collections import defaultdict
from decimal import Decimal
from types import SimpleNamespace

import pytest

from exact_online import catalogue
from exact_online.client import ExactClient
from exact_online.errors import TransientApiError
from tests.conftest import DIVISION
from tests.fakes import Answer, FakeExact
from tests.integration.conftest import NoLimit, OneToken, page_of, right

pytestmark = [pytest.mark.dags, pytest.mark.integration]
PARAMS = {"data_sets": list(catalogue.DATA_SETS), "full_refresh": False, "from_date": None}


class Exact(FakeExact):
    """Answers by what the path contains, first match first; with an empty page where nothing matches."""

    def __init__(self, by_path: dict[str, Answer]) -> None:
        super().__init__([])
        self.by_path = by_path

    def send(self, request, **kwargs):
        found = [answer for part, answer in self.by_path.items() if part in request.url]
        usual = right() if "UserHasRights" in request.url else page_of([])
        self.answers = [found[0] if found else usual]
        return super().send(request, **kwargs)


@pytest.fixture
def run_task(connection, administration_id, monkeypatch):
    """Return a function that runs an operator against answers by path: what it returned or raised, and the calls."""
    from exact_online import operators
    from exact_online.hook import ExactOnlineHook

    def run(
        operator: str,
        by_path: dict[str, Answer],
        states: dict[str, str] | None = None,
        params: dict | None = None,
        **arguments,
    ):
        exact = Exact(by_path)
        client = ExactClient(
            "http://exact.test", DIVISION, OneToken(), arguments.pop("budget", NoLimit()), NoLimit(), exact.session(),
            sleep=lambda seconds: None,
        )  # fmt: skip
        monkeypatch.setattr(ExactOnlineHook, "client", property(lambda self: client))
        task = getattr(operators, operator)(task_id="t", administration_id=administration_id, **arguments)
        ti = SimpleNamespace(
            task_id="t", get_task_states=lambda **_: {"r": states or {}}, xcom_pull=lambda task_ids: None
        )
        exact.events = defaultdict(SimpleNamespace)
        context = {
            "run_id": "r",
            "params": {**PARAMS, **(params or {})},
            "dag_run": SimpleNamespace(dag_id="d", run_id="r"),
            "ti": ti,
            "outlet_events": exact.events,
        }
        try:
            return task.execute(context), exact
        except BaseException as exc:  # deferral is a BaseException
            return exc, exact

    return run


def division(**values) -> Answer:
    return page_of([{"Code": DIVISION, "Description": "Demo 2", "Currency": "EUR", "Status": 1, **values}])


def status(connection) -> tuple[str, str | None]:
    return connection.execute("select status, status_reason from exact_ops.administrations").fetchone()


def test_a_readable_administration_is_in_progress_and_its_facts_are_taken_over(run_task, connection):
    counted = Answer(200, b'{"d":{"__count":"1500","results":[]}}')
    done, exact = run_task("CheckAdministrationOperator", {"Divisions": division(), "inlinecount": counted})
    assert done == {"transaction_lines": 1500}
    assert sum("inlinecount" in call.url for call in exact.calls) == 1, "one call for the quote"
    assert status(connection) == ("in_progress", None)
    assert connection.execute("select name from exact_ops.administrations").fetchone() == ("Demo 2",)


@pytest.mark.parametrize(
    ("answer", "word", "reason"),
    [
        (page_of([]), "not_found", "was not found: it was deleted in Exact"),
        (division(Status=2), "archived", "is archived in Exact"),
        (division(BlockingStatus=1), "blocked", "administration 77"),
        (Answer(403, b"", {"Reason": "NoDivisionAccess"}), "no_access", "NoDivisionAccess"),
        (Answer(403, b"", {"Reason": "DivisionBlocked"}), "blocked", "DivisionBlocked"),
    ],
    ids=["not found", "archived", "blocked", "no access", "refused as blocked"],
)
def test_an_administration_that_cannot_be_read_says_why_and_is_not_retried(run_task, connection, answer, word, reason):
    from airflow.sdk.exceptions import AirflowFailException

    done, _ = run_task("CheckAdministrationOperator", {"Divisions": answer})
    assert isinstance(done, AirflowFailException)
    assert reason in str(done)
    found, stored = status(connection)
    assert (found, reason in stored) == (word, True)


def test_a_data_set_that_was_not_asked_for_is_skipped(run_task):
    from airflow.sdk.exceptions import AirflowSkipException

    catalogue_without = [name for name in catalogue.DATA_SETS if name != "fixed_assets"]
    from exact_online import operators

    task = operators.ExactOnlineToRawOperator(task_id="t", administration_id=1, data_set="fixed_assets")
    context = {"run_id": "r", "params": {**PARAMS, "data_sets": catalogue_without}}
    with pytest.raises(AirflowSkipException):
        task.work(SimpleNamespace(), context)


def test_nothing_is_asked_after_a_check_that_failed(run_task):
    from airflow.sdk.exceptions import AirflowFailException

    states = {"check_administration": "failed", "general_ledger": "upstream_failed"}
    done, exact = run_task("ExactOnlineToRawOperator", {}, states, data_set="deletions", trigger_rule="all_done")
    assert isinstance(done, AirflowFailException)
    assert exact.calls == []


def test_a_data_set_asks_airflow_nothing_that_airflow_has_looked_at(run_task):
    """Each question is a call to the API server, for every task of every night."""
    from exact_online import operators

    class NeverAsked(dict):
        def __bool__(self) -> bool:
            raise AssertionError("the states of other tasks were asked for")

    done, _ = run_task("ExactOnlineToRawOperator", {}, NeverAsked(), data_set="deletions")
    assert done == {"deletions": 0}
    assert tuple(operators.ExactOnlineToRawOperator.template_fields) == (), "nor is anything rendered and stored"


@pytest.mark.parametrize(
    ("broken", "final"),
    [
        (Answer(400, json.dumps({"error": {"message": {"value": "no such field"}}}).encode()), True),
        (page_of([{"no": "key"}]), True),
        (Answer(503, b""), False),
    ],
    ids=["refused", "row without key", "down"],
)
def test_one_endpoints_failure_does_not_stop_the_others_of_its_data_set(run_task, connection, broken, final):
    from airflow.sdk.exceptions import AirflowFailException

    names = [each.name for each in catalogue.of_data_set("fixed_assets")]
    done, _ = run_task("ExactOnlineToRawOperator", {"/assets/Assets?": broken}, data_set="fixed_assets")
    assert isinstance(done, AirflowFailException if final else TransientApiError)
    outcomes = dict(connection.execute("select endpoint, outcome from exact_ops.loads").fetchall())
    assert outcomes == {name: "failed" if name == "assets" else "succeeded" for name in names}


def test_when_exact_is_away_the_rest_waits_for_the_retry(run_task, connection):
    done, exact = run_task("ExactOnlineToRawOperator", {"api": Answer(503, b"")}, data_set="general_ledger")
    assert isinstance(done, TransientApiError)
    assert connection.execute("select count(*), min(outcome) from exact_ops.loads").fetchone() == (2, "failed")
    assert len(exact.calls) == 8, "four tries of two endpoints"


def test_a_spent_day_is_deferred_to_its_reset_without_holding_a_worker(run_task):
    from datetime import UTC, datetime

    from airflow.sdk.exceptions import TaskDeferred

    from exact_online.errors import DailyLimitReached

    reset = datetime(2099, 1, 2, tzinfo=UTC)

    class Spent(NoLimit):
        def take(self):
            raise DailyLimitReached("spent", reset)

    done, exact = run_task("ExactOnlineToRawOperator", {}, data_set="fixed_assets", budget=Spent())
    assert isinstance(done, TaskDeferred)
    assert (done.trigger.moment, done.method_name) == (reset, "resume")
    assert exact.calls == []


def test_announce_succeeds_and_records_what_failed(run_task, connection):
    states = {"general_ledger": "failed", "deletions": "upstream_failed", "fixed_assets": "success", "t": "running"}
    connection.execute(
        "insert into exact_ops.loads (administration_id, endpoint, data_set, run_id, kind, rows_read, rows_inserted, "
        "calls) select administration_id, 'journals', 'general_ledger', 'r', 'snapshot', 12, 5, 2 "
        "from exact_ops.administrations"
    )
    done, exact = run_task("AnnounceOperator", {}, states)
    assert done == ["deletions", "general_ledger"]
    (event,) = exact.events.values()
    assert {**event.extra, "administration_id": 0} == {
        **{"administration_id": 0, "rows_read": 12, "rows_changed": 5, "calls": 2},
    }
    assert status(connection) == ("failed", "did not succeed: deletions, general_ledger")


def test_reconcile_turns_red_with_both_figures_and_records_them(run_task, connection, administration_id):
    from airflow.sdk.exceptions import AirflowFailException

    line = {
        "Timestamp": "1",
        "ID": "l",
        "Division": DIVISION,
        "EntryID": "e",
        "GLAccount": "a",
        "GLAccountCode": "1300",
    }
    line |= {"FinancialYear": 2026, "FinancialPeriod": 3, "Type": 20, "Status": 50, "AmountDC": 12.5, "EntryNumber": 7}
    run_task(
        "ExactOnlineToRawOperator", {"sync/Financial/TransactionLines": page_of([line])}, data_set="general_ledger"
    )
    balance = {"ID": "1", "ReportingYear": 2026, "ReportingPeriod": 3, "GLAccount": "a", "GLAccountCode": "1300"}
    balance |= {"Type": 20, "Status": 50, "Amount": 12.51, "Count": 1, "Division": DIVISION}
    totals = {"ReportingBalance": page_of([balance])}
    run_task("ExactOnlineToRawOperator", totals, data_set="control_totals")
    bulk = page_of([{name: value for name, value in line.items() if name != "Timestamp"}])
    answers = {**totals, "Divisions": division(), "bulk/Financial/TransactionLines": bulk}
    done, exact = run_task("ReconcileOperator", answers)
    assert isinstance(done, AirflowFailException)
    assert "period 3, account 1300, type 20, status 50: Exact 12.51 (1), here 12.50 (1)" in str(done)
    assert "entry 7 (e)" in str(done), "it does not balance either"
    assert sum("bulk/" in call.url for call in exact.calls) == 1, "one period was reloaded"
    assert connection.execute(
        "select subject, differences, healed_by from exact_ops.reconciliations order by 1"
    ).fetchall() == [("2026", 2, None)]
    assert connection.execute(
        "select exact_amount, stored_amount from exact_ops.reconciliation_differences where item like 'period%'"
    ).fetchall() == [(Decimal("12.51"), Decimal("12.50"))]
    again, _ = run_task("ReconcileOperator", {**answers, "ReportingBalance": page_of([{**balance, "Amount": 12.50}])})
    assert "entry 7" in str(again) and "account 1300" not in str(again)
