"""The client: complete pages, one classification of failures, and no token where it does not belong."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import requests

from exact_online.client import ATTEMPTS, ExactClient
from exact_online.errors import (
    AdministrationUnavailable,
    DailyLimitReached,
    EndpointPaused,
    MinuteLimitReached,
    PaginationError,
    RequestRejected,
    RequestTimedOut,
    TransientApiError,
)
from tests.fakes import Answer, FakeExact

BASE = "https://start.exactonline.nl"
SOON = datetime(2026, 1, 1, tzinfo=UTC)


class Tokens:
    """Hands out `tokens` in order: the next one each time the former was rejected."""

    def __init__(self, *tokens: str) -> None:
        self.tokens = list(tokens)

    def access_token(self, rejected=None):
        if rejected == self.tokens[0] and len(self.tokens) > 1:
            self.tokens.pop(0)
        return self.tokens[0]


class Budget:
    """Counts calls; a 429 is a spent minute, or a spent day where the test says so."""

    def __init__(self) -> None:
        self.taken = 0
        self.refusal = MinuteLimitReached

    def take(self):
        self.taken += 1

    def observe(self, headers):
        pass

    def refused(self, headers):
        return self.refusal("spent", SOON)


class Errors:
    """Remembers refusals per endpoint; pauses an endpoint where the test says so."""

    def __init__(self) -> None:
        self.recorded = []
        self.paused = set()

    def check(self, endpoint):
        if endpoint in self.paused:
            raise EndpointPaused("paused", 400, "")

    def record(self, endpoint, status, reason):
        self.recorded.append((endpoint, status))


def a_client(answers, *tokens):
    exact, budget = FakeExact(answers), Budget()
    tokens = Tokens(*(tokens or ("t1",)))
    client = ExactClient(BASE, 7, tokens, budget, Errors(), exact.session(), sleep=lambda seconds: None)
    return client, exact, budget


def page(ids, next_=None):
    rows = ",".join(f'{{"ID":"{id_}"}}' for id_ in ids)
    link = f',"__next":"{next_}"' if next_ else ""
    return Answer(200, f'{{"d":{{"results":[{rows}]{link}}}}}'.encode())


def test_pages_follows_next_verbatim_to_the_end_when_pages_are_not_full():
    second, third = f"{BASE}/api/v1/7/a/B?$skiptoken=guid'x'", f"{BASE}/api/v1/7/a/B?$skiptoken=guid'%20y'"
    client, exact, budget = a_client([page("ab", second), page("", third), page("c")])
    pages = list(client.pages("{division}/a/B", ["ID", "X"], "Timestamp gt 5L"))
    assert [row for each in pages for row in each.rows] == [b'{"ID":"a"}', b'{"ID":"b"}', b'{"ID":"c"}']
    assert exact.urls == [f"{BASE}/api/v1/7/a/B?$filter=Timestamp%20gt%205L&$select=ID,X", second, third]
    assert (client.calls, budget.taken, [each.calls for each in pages]) == (3, 3, [1, 1, 1])


def test_pages_yields_nothing_more_when_the_collection_is_empty():
    client, _, _ = a_client([page("")])
    assert [each.rows for each in client.pages("{division}/a/B", ["ID"])] == [[]]


@pytest.mark.parametrize(
    "link",
    ["https://evil.example/api/v1/7/a/B", "http://start.exactonline.nl/api/v1/7/a/B", f"{BASE}.evil.example/x"],
)
def test_pages_never_carries_the_token_to_another_host(link):
    client, exact, _ = a_client([page("a", link)])
    with pytest.raises(PaginationError):
        list(client.pages("{division}/a/B", ["ID"]))
    assert len(exact.calls) == 1


def test_pages_refuses_a_link_that_repeats():
    link = f"{BASE}/api/v1/7/a/B?$skiptoken=1"
    client, exact, _ = a_client([page("a", link), page("b", link)])
    with pytest.raises(PaginationError):
        list(client.pages("{division}/a/B", ["ID"]))
    assert len(exact.calls) == 2


def test_an_expired_token_is_replaced_and_the_call_repeated_once():
    client, exact, _ = a_client([Answer(401), page("a")], "old", "new")
    assert len(list(client.pages("{division}/a/B", ["ID"]))) == 1
    assert [call.headers["Authorization"] for call in exact.calls] == ["Bearer old", "Bearer new"]


def test_a_young_token_that_is_refused_is_not_sent_again():
    client, exact, _ = a_client([Answer(401)], "only")
    with pytest.raises(RequestRejected) as caught:
        list(client.pages("{division}/a/B", ["ID"]))
    assert (caught.value.status, len(exact.calls)) == (401, 1)


@pytest.mark.parametrize(
    "fault",
    [
        *(pytest.param(Answer(status), id=str(status)) for status in (500, 502, 503, 504, 599)),
        pytest.param(Answer(200, b"<html/>"), id="html with 200"),
        pytest.param(Answer(200, b'{"d":{"results":[{"ID"'), id="truncated"),
        pytest.param(requests.ConnectionError(), id="connection reset"),
        pytest.param(requests.ReadTimeout(), id="timeout"),
    ],
)
def test_what_may_pass_is_tried_again_and_then_given_up(fault):
    client, exact, _ = a_client([fault, page("a")])
    assert [each.rows for each in client.pages("{division}/a/B", ["ID"])] == [[b'{"ID":"a"}']]
    client, exact, _ = a_client([fault] * ATTEMPTS)
    with pytest.raises(TransientApiError):
        list(client.pages("{division}/a/B", ["ID"]))
    assert len(exact.calls) == ATTEMPTS


@pytest.mark.parametrize(("status", "kind"), [(408, RequestTimedOut), (429, MinuteLimitReached)])
def test_what_exact_may_count_against_us_is_sent_twice_and_no_more(status, kind):
    client, exact, _ = a_client([Answer(status), page("a")])
    assert [each.rows for each in client.pages("{division}/a/B", ["ID"])] == [[b'{"ID":"a"}']]
    client, exact, _ = a_client([Answer(status)] * 2)
    with pytest.raises(kind):
        list(client.pages("{division}/a/B", ["ID"]))
    assert len(exact.calls) == 2


@pytest.mark.parametrize("status", [400, 403, 404, 405, 302])
def test_a_client_error_is_never_sent_twice(status):
    client, exact, _ = a_client([Answer(status, b'{"error":{"message":{"value":"No"}}}')])
    with pytest.raises(RequestRejected) as caught:
        list(client.pages("{division}/a/B", ["ID"]))
    assert (caught.value.status, caught.value.reason, len(exact.calls)) == (status, "No", 1)
    assert "start.exactonline.nl: administration 7: a/B: status" in str(caught.value)


def test_a_spent_day_is_not_tried_again():
    client, exact, budget = a_client([Answer(429)])
    budget.refusal = DailyLimitReached
    with pytest.raises(DailyLimitReached):
        list(client.pages("{division}/a/B", ["ID"]))
    assert len(exact.calls) == 1


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({"Reason": "NoDivisionAccess"}, b"", "no_access"),
        ({}, b'{"error":{"message":{"value":"Forbidden - User division is not within division scope"}}}', "no_access"),
        ({"Reason": "DivisionBlocked"}, b"", "blocked"),
        ({}, b'{"error":{"message":{"value":"Forbidden - Customer\'s license expired."}}}', "blocked"),
    ],
)
def test_a_403_for_the_whole_administration_is_told_apart(headers, body, status):
    client, _, _ = a_client([Answer(403, body, headers)])
    with pytest.raises(AdministrationUnavailable) as caught:
        list(client.pages("{division}/a/B", ["ID"]))
    assert caught.value.status == status


def test_no_error_holds_the_token():
    client, _, _ = a_client([Answer(400, b"{}")], "t-secret")
    with pytest.raises(RequestRejected) as caught:
        client.single("current/Me")
    assert "t-secret" not in f"{caught.value!r}{caught.value}"


def test_every_refusal_is_counted_for_its_endpoint_and_a_paused_endpoint_is_not_asked():
    client, exact, budget = a_client([Answer(404, b""), Answer(401, b""), Answer(200, b'{"d":{"A":1}}')], "t1", "t2")
    with pytest.raises(RequestRejected):
        client.single("{division}/a/B")
    assert client.single("{division}/a/C") == {"A": 1}
    assert client._errors.recorded == [("a/B", 404), ("a/C", 401)]
    client._errors.paused.add("a/B")
    with pytest.raises(EndpointPaused):
        list(client.pages("{division}/a/B", ["ID"]))
    assert len(exact.calls) == budget.taken == 3


def test_trouble_of_the_server_is_no_refusal():
    client, _, _ = a_client([Answer(520, b""), Answer(503, b""), Answer(200, b'{"d":{"A":1}}')])
    assert client.single("{division}/a/B") == {"A": 1}
    assert client._errors.recorded == []


def test_the_token_is_taken_after_the_wait_for_the_budget():
    client, _, budget = a_client([Answer(200, b'{"d":{"A":1}}')])
    order = []
    budget.take = lambda: order.append("budget")
    client._tokens.access_token = lambda rejected=None: order.append("token") or "t1"
    client.single("{division}/a/B")
    assert order == ["budget", "token"]
