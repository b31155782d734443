"""Whatever Exact may answer: what the error is, how many calls it costs, and that nothing stored before is lost.

Each fault hits the second page of three of the ledger, over a real server and a real warehouse, on a clock that waiting
moves. After it the same load runs again and must bring everything.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from exact_online import catalogue, client, registry, warehouse
from exact_online.cipher import Cipher
from exact_online.client import ExactClient, new_session
from exact_online.error_budget import ErrorBudget
from exact_online.errors import (
    AdministrationUnavailable,
    DailyLimitReached,
    DataContractError,
    EndpointPaused,
    MinuteLimitReached,
    PaginationError,
    RequestRejected,
    RequestTimedOut,
    TransientApiError,
)
from exact_online.extract import Run, load_endpoint
from exact_online.limits import CallBudget
from exact_online.oauth import App, Token
from exact_online.vault import Vault
from sandbox.settings import CLIENT_ID, CLIENT_SECRET, REDIRECT_URI
from tests.sandbox.serving import LINES, MAIN, Running, serving, tiny_books

pytestmark = pytest.mark.integration
ROWS = 2500
PAGES = 3
ALWAYS = 99
MIDNIGHT = str(1_795_478_400_000)  # 2026-11-24 00:00 UTC, in epoch milliseconds
NEXT_MINUTE = str(1_795_431_660_000)
DAY_IS_SPENT = {"X-RateLimit-Limit": "5000", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": MIDNIGHT}
MINUTE_IS_SPENT = {
    "X-RateLimit-Minutely-Limit": "60",
    "X-RateLimit-Minutely-Remaining": "0",
    "X-RateLimit-Minutely-Reset": NEXT_MINUTE,
}


@dataclass(frozen=True)
class Case:
    """One fault, and what must come of it.

    `calls` are the calls of the load that met it: the first page, then what the fault cost.
    """

    name: str
    fault: dict[str, Any]
    error: type[Exception] | None
    calls: int
    words: str = ""
    times: int = ALWAYS


def words_of(text: str) -> str:
    return f'{{"error":{{"code":"","message":{{"lang":"","value":"{text}"}}}}}}'


def status(code: int, body: str = "", **headers: str) -> dict[str, Any]:
    return {"kind": "status", "status": code, "body": body, "headers": headers}


def replace(find: str, put: str) -> dict[str, Any]:
    return {"kind": "replace", "find": find, "put": put}


FIRST_ID = r'"ID":"[^"]+"'
CASES = [
    # refused for good: one more call than the page before, and never again
    Case("400", status(400, words_of("Bad Request - Error in query syntax.")), RequestRejected, 2, "Error in query"),
    Case("401 with a young token", status(401), RequestRejected, 2, "status 401"),
    Case("403 for the endpoint", status(403, words_of("Forbidden")), RequestRejected, 2, "Forbidden"),
    Case(
        "403 out of the app's scope",
        status(403, words_of("Forbidden - Application Scope Violated. Cannot read")),
        RequestRejected,
        2,
        "Scope Violated",
    ),
    Case("403 no access", status(403, Reason="NoDivisionAccess"), AdministrationUnavailable, 2, "give the Exact user"),
    Case("403 user blocked", status(403, Reason="BlockedUser"), AdministrationUnavailable, 2, "BlockedUser"),
    Case("403 administration blocked", status(403, Reason="DivisionBlocked"), AdministrationUnavailable, 2, "unblock"),
    Case(
        "403 licence expired",
        status(403, words_of("Forbidden - Customer's license expired.")),
        AdministrationUnavailable,
        2,
        "licence",
    ),
    Case("404", status(404, words_of("Resource not found")), RequestRejected, 2, "not found"),
    Case("405", status(405), RequestRejected, 2, "status 405"),
    Case("302 to elsewhere", status(302, Location="https://evil.example/"), RequestRejected, 2, "status 302"),
    # refused for now: sent twice and no more
    Case("408", status(408), RequestTimedOut, 3, "status 408"),
    Case("429 of the minute", status(429, **MINUTE_IS_SPENT), MinuteLimitReached, 3, "per minute"),
    Case("429 without a word", status(429), MinuteLimitReached, 3, "per minute"),
    Case("429 of the day in mid-stream", status(429, **DAY_IS_SPENT), DailyLimitReached, 2, "per day"),
    # trouble that may pass: four times
    *(Case(str(code), status(code), TransientApiError, 5, f"status {code}") for code in (500, 502, 503, 504, 599)),
    Case("500 with words", status(500, words_of("Timeout expired.")), TransientApiError, 5, "Timeout expired"),
    Case("HTML with 200", {"kind": "html"}, TransientApiError, 5, "not a complete"),
    Case("HTML with 503", {"kind": "html", "status": 503}, TransientApiError, 5, "status 503"),
    Case("an empty body", status(200), TransientApiError, 5, "not a complete"),
    Case("an empty object", status(200, "{}"), TransientApiError, 5, "not a complete"),
    Case("no rows but null", status(200, '{"d":null}'), TransientApiError, 5, "not a complete"),
    Case("an error with 200", status(200, words_of("An error has occurred.")), TransientApiError, 5, "not a complete"),
    Case("truncated JSON", {"kind": "truncate"}, TransientApiError, 5, "not a complete"),
    Case("an error spliced into the stream", {"kind": "splice"}, TransientApiError, 5, "not a complete"),
    Case(
        "an error among the rows",
        replace(r'\{"__metadata"', words_of("Query failed.") + ',{"__metadata"'),
        TransientApiError,
        5,
        "broke off among the rows: Query failed.",
    ),
    Case("more behind the end", replace(r"\}\}$", "}}}"), TransientApiError, 5, "not a complete"),
    Case("a reset connection", {"kind": "reset"}, TransientApiError, 5, "no whole answer"),
    Case("a lost answer", {"kind": "lost"}, TransientApiError, 5, "no whole answer"),
    Case("no answer in time", {"kind": "slow", "seconds": 1.5}, TransientApiError, 5, "no whole answer"),
    Case("a body without end", {"kind": "drip", "seconds": 3}, TransientApiError, 5, "no whole answer"),
    Case("a body that is not gzip", status(200, "x" * 2000, **{"Content-Encoding": "gzip"}), TransientApiError, 5),
    # what breaks the contract: nothing of the page is stored, and asking again would not help
    Case("the same next link again", replace(r'"__next":"[^"]+', '"__next":"{link}'), PaginationError, 2, "twice"),
    Case(
        "a next link to another host",
        replace(r'"__next":"http://[^/]+', '"__next":"http://evil.example'),
        PaginationError,
        2,
        "another host (evil.example)",
    ),
    Case("a row of another administration", replace(r'"Division":\d+', '"Division":999'), DataContractError, 2, "999"),
    Case("a row without its key", replace(FIRST_ID, '"ID":null'), DataContractError, 2, "no value for its key"),
    Case("a row without its version", replace(r'"Timestamp":"\d+"', '"Timestamp":null'), DataContractError, 2),
    Case("a version that is no number", replace(r'"Timestamp":"\d+"', '"Timestamp":"x"'), DataContractError, 2),
    # what passes: once is no trouble, and odd texts are texts
    Case("503 once", status(503), None, 4, times=1),
    Case("429 once", status(429, **MINUTE_IS_SPENT), None, 4, times=1),
    Case("truncated once", {"kind": "truncate"}, None, 4, times=1),
    Case("NUL in a text", replace("Caf", "Caf\\u0000"), None, 3),
    Case("half of a surrogate pair in a text", replace("Caf", "Caf\\ud83d"), None, 3),
    Case("a field nobody knows", replace('"ID":', '"Nieuw":{"a":[1]},"ID":'), None, 3),
    Case("a page without rows in between", status(200, '{"d":{"results":[],"__next":"{next}"}}'), None, 4, times=1),
]


@dataclass
class Wire:
    """Exact's side: every data call as (address, token, status)."""

    exact: Running
    calls: list[tuple[str, str, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._handle = self.exact.sandbox.handle
        self.exact.sandbox.handle = self.handle  # type: ignore[method-assign]

    def handle(self, request):
        if request.path.endswith("token"):
            return self._handle(request)
        number, key = len(self.calls), (f"{request.path}?{request.query}", request.headers.get("authorization", ""))
        self.calls.append((*key, 0))
        response = self._handle(request)
        self.calls[number] = (*key, response.status)
        return response


@dataclass
class Ledger:
    """An administration whose ledger is loaded, and changed since in every row."""

    exact: Running
    connection: psycopg.Connection
    run: Run
    wire: Wire

    def load(self):
        return load_endpoint(self.run, catalogue.endpoints()["transaction_lines"])

    def stored(self) -> dict[str, int]:
        """Return the version of each live row."""
        return dict(
            self.connection.execute(
                "select id, sync_timestamp from exact_raw.transaction_lines where deleted_at is null"
            ).fetchall()
        )

    def books(self) -> dict[str, int]:
        table = self.exact.sandbox.world.tables[MAIN].administration.tables[LINES]
        return {row["ID"]: row["Timestamp"] for row in table.values()}

    def change_everything(self) -> None:
        for row in self.exact.sandbox.world.tables[MAIN].administration.tables[LINES].values():
            row["Timestamp"] += 1_000_000

    def order(self, case: Case) -> None:
        """Order the case's fault for the second page; links in it are made the sandbox's own."""
        second = f"{self.exact.url}/api/v1/{MAIN}/{LINES}"
        last = sorted(self.books().values())[999]
        fault = {**case.fault, "times": case.times, "path_contains": "skiptoken", "nth": 1}
        query = self.wire.calls[0][0].partition("?")[2].partition("&")[2]
        start = f"$filter=Timestamp%20gt%20{{}}L&{query}"
        watermark = max(self.stored().values())
        link = f"{second}?{start.format(watermark)}&$skiptoken={last}L"
        for name in ("body", "put"):
            if name in fault:
                fault[name] = fault[name].replace("{link}", link).replace("{next}", link + "&again=1")
        self.exact.sandbox.faults.add([fault])


@pytest.fixture
def ledger(tmp_path, connection, budgets, monkeypatch) -> Iterator[Ledger]:
    monkeypatch.setattr(client, "TIMEOUT_SECONDS", (1, 1))
    monkeypatch.setattr(client, "DEADLINE_SECONDS", 1)
    with serving(tmp_path, [tiny_books(MAIN, lines=ROWS)]) as exact, closing(new_session()) as session:

        def clock() -> datetime:
            return datetime.fromtimestamp(exact.time.seconds, UTC)

        def sleep(seconds: float) -> None:
            exact.time.seconds += seconds

        exact.connect()
        app = App(exact.url, CLIENT_ID, CLIENT_SECRET, REDIRECT_URI)
        token = Token(exact.access_token, exact.refresh_token, clock())
        me = {"UserID": "u", "CurrentDivision": MAIN}
        integration_id = registry.finish_login(connection, Cipher(), "nl", app, token, me)
        division = {"Code": MAIN, "Description": "Main"}
        (administration_id,) = registry.select_administrations(connection, integration_id, "nl", [division])
        vault = Vault(integration_id, warehouse.connect, Cipher(), session, clock, sleep)
        calls = CallBudget(budgets, CLIENT_ID, MAIN, clock, sleep)
        errors = ErrorBudget(budgets, CLIENT_ID, MAIN, clock)
        reader = ExactClient(exact.url, MAIN, vault, calls, errors, session, sleep)
        made = Ledger(exact, connection, Run(connection, reader, administration_id, "run-1"), Wire(exact))
        made.load()
        assert made.stored() == made.books()
        assert len(made.wire.calls) == PAGES
        made.change_everything()
        yield made


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_fault_costs_its_calls_and_loses_nothing(ledger: Ledger, case: Case):
    before = ledger.stored()
    ledger.order(case)
    ledger.wire.calls.clear()
    if case.error is None:
        ledger.load()
    else:
        with pytest.raises(case.error) as caught:
            ledger.load()
        assert type(caught.value) is case.error
        assert case.words in str(caught.value)
        assert_says_where(str(caught.value), ledger)
        assert_nothing_is_lost(ledger, before)
        assert_log_tells(ledger, case)
    assert len(ledger.wire.calls) == case.calls
    assert_no_refused_call_was_sent_unchanged_more_than_twice(ledger.wire)

    ledger.exact.sandbox.faults.clear()
    ledger.exact.time.seconds += 86_400
    ledger.load()
    assert set(ledger.stored()) >= set(ledger.books())
    assert ledger.stored() | ledger.books() == ledger.stored(), "the newest version of every row, and none less"


def assert_says_where(message: str, ledger: Ledger) -> None:
    assert str(MAIN) in message, "the administration"
    assert "Bearer" not in message
    assert ledger.exact.access_token not in message


def assert_nothing_is_lost(ledger: Ledger, before: dict[str, int]) -> None:
    """Every row is there, in the version from before or a newer one that Exact sent on a whole page."""
    after, books = ledger.stored(), ledger.books()
    assert set(after) == set(before)
    changed = {id_ for id_ in after if after[id_] != before[id_]}
    assert len(changed) == 1000, "the page before the fault stays"
    assert all(after[id_] == books[id_] for id_ in changed)


def assert_log_tells(ledger: Ledger, case: Case) -> None:
    outcome, kind, rows = ledger.connection.execute(
        "select outcome, error_class, rows_read from exact_ops.loads order by load_id desc limit 1"
    ).fetchone()
    assert (outcome, kind, rows) == ("failed", case.error.__name__, 1000)


def assert_no_refused_call_was_sent_unchanged_more_than_twice(wire: Wire) -> None:
    refused = Counter((url, token) for url, token, code in wire.calls if 400 <= code < 500)
    assert max(refused.values(), default=0) <= 2


def test_texts_no_database_can_hold_are_kept_as_sent_beside_the_row(ledger: Ledger):
    ledger.order(Case("", replace("Caf", "Caf\\u0000"), None, 3, times=1))
    ledger.load()
    ((id_, sent),) = ledger.connection.execute("select id, payload from exact_ops.quarantine").fetchall()
    assert "Caf\\u0000é" in sent
    (stored,) = ledger.connection.execute(
        "select payload ->> 'Description' from exact_raw.transaction_lines where id = %s", (id_,)
    ).fetchone()
    assert stored.startswith("Caf\ufffdé")
    assert (
        sent.replace("\\u0000", "\\ufffd")
        == ledger.connection.execute(
            "select payload::text from exact_raw.transaction_lines where id = %s", (id_,)
        ).fetchone()[0]
    )


def test_an_endpoint_that_keeps_refusing_is_left_alone_for_the_hour_and_the_others_go_on(ledger: Ledger):
    ledger.exact.sandbox.faults.add([{"path_contains": LINES, "times": ALWAYS, "status": 403}])
    for _ in range(5):
        with pytest.raises(RequestRejected):
            ledger.load()
    ledger.wire.calls.clear()
    with pytest.raises(EndpointPaused, match="not asked again before"):
        ledger.load()
    assert ledger.wire.calls == []
    load_endpoint(ledger.run, catalogue.endpoints()["journals"])
    ledger.exact.sandbox.faults.clear()
    ledger.exact.time.seconds += 3601
    ledger.load()
    assert ledger.stored() == ledger.books()
