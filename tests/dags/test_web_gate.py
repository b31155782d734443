"""The gate of the pages without a server: no login, no token of ours, another person's, another site's."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest
from cryptography.fernet import Fernet
from starlette.requests import Request
from starlette.responses import PlainTextResponse

pytestmark = [pytest.mark.dags, pytest.mark.filterwarnings("ignore:Using `httpx` with")]


class User:
    """Somebody Airflow knows."""

    def __init__(self, name: str) -> None:
        self._name = name

    def get_name(self) -> str:
        return self._name

    def get_id(self) -> str:
        return self._name


@pytest.fixture(autouse=True)
def key(monkeypatch):
    from exact_online.web import airflow_inside

    monkeypatch.setenv("EXACT_ONLINE_FERNET_KEY", Fernet.generate_key().decode())
    airflow_inside.signer.cache_clear()


def change(token: str = "", **headers: str) -> Request:
    body = urlencode({"csrf": token}).encode()
    given = {"host": "air.test", "content-type": "application/x-www-form-urlencoded", **headers}
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/",
        "query_string": b"",
        "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in given.items()],
    }

    async def receive():
        return {"type": "http.request", "body": body, "more_body": False}

    return Request(scope, receive)


def is_let_through(request: Request, name: str = "anna") -> bool:
    from exact_online.web import gate

    try:
        asyncio.run(gate._require_csrf(request, gate.Person(User(name))))
    except gate.Forbidden:
        return False
    return True


def test_a_change_needs_our_token_for_this_person():
    from exact_online.web import gate

    own = gate.csrf_token(gate.Person(User("anna")))
    assert is_let_through(change(own))
    assert is_let_through(change(x_csrf_token=own))
    assert not is_let_through(change(own), "bob")
    assert not is_let_through(change(""))
    assert not is_let_through(change(own[:-3] + "xxx"))


def test_a_token_is_good_for_hours_not_for_ever():
    from exact_online.web import airflow_inside

    old = airflow_inside.signer().sign("csrf", "x User:anna", datetime.now(UTC) - timedelta(hours=13))
    young = airflow_inside.signer().sign("csrf", "x User:anna", datetime.now(UTC) - timedelta(hours=11))
    assert (is_let_through(change(old)), is_let_through(change(young))) == (False, True)


@pytest.mark.parametrize(
    ("headers", "is_ours"),
    [
        pytest.param({"sec_fetch_site": "same-origin", "origin": "http://air.test"}, True, id="our own page"),
        pytest.param({"sec_fetch_site": "cross-site"}, False, id="another site"),
        pytest.param({"sec_fetch_site": "same-site"}, False, id="a neighbour"),
        pytest.param({"sec_fetch_site": "none"}, False, id="typed"),
        pytest.param({"origin": "http://evil.test"}, False, id="another origin"),
        pytest.param({"origin": "null"}, False, id="an origin that hides"),
        pytest.param({"origin": "http://air.test.evil.test"}, False, id="a name that begins like ours"),
    ],
)
def test_another_sites_request_is_refused_even_with_a_good_token(headers, is_ours):
    from exact_online.web import gate

    token = gate.csrf_token(gate.Person(User("anna")))
    assert is_let_through(change(token, **headers)) == is_ours


@pytest.mark.parametrize("path", ["/", "/static/style.css", "/no-such-page", "/callback"])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD", "TRACE"])
def test_nobody_gets_past_without_airflows_login(path, method):
    from exact_online.web import gate

    reached, sent = [], []

    async def app(scope, receive, send):
        reached.append(scope["path"])

    async def send(message):
        sent.append(message)

    middleware = gate.LoginMiddleware(app, lambda request: PlainTextResponse("no", 401))
    scope = {"type": "http", "method": method, "path": path, "query_string": b"", "headers": []}
    asyncio.run(middleware(scope, None, send))
    assert reached == []
    assert sent[0]["status"] == 401


def test_what_exact_puts_into_the_callback_never_reaches_airflows_access_log():
    from exact_online.web.app import HeadersMiddleware

    scope = {"type": "http", "path": "/exact-online/callback", "query_string": b"code=secret&state=s", "headers": []}
    seen, sent = [], []

    async def app(scope, receive, send):
        seen.append(scope["state"]["callback_query"])
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(message):
        sent.append(message)

    asyncio.run(HeadersMiddleware(app)(scope, None, send))
    assert seen == ["code=secret&state=s"], "our page still has it"
    assert scope["query_string"] == b"", "what Airflow logs afterwards"
    headers = dict(sent[0]["headers"])
    assert (headers[b"referrer-policy"], headers[b"cache-control"]) == (b"no-referrer", b"no-store")


def test_a_notice_in_an_address_is_ours_or_says_nothing_of_its_own():
    from exact_online.web import notices

    assert notices.read(notices.write("Title", "a < b")) == ("Title", "a < b")
    for forged in ("", "x", notices.write("T", "t")[:-2] + "xx"):
        assert notices.read(forged) == ("The login could not be finished", "Start it again.")
