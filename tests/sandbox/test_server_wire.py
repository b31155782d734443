"""HTTP itself: compression, keep-alive, cookies, malformed requests, parallel clients, and what reaches the log."""

from __future__ import annotations

import gzip
import http.client
import logging
import socket
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.sandbox.serving import JOURNALS, LINES, MAIN, OTHER, POOR, guid, serving, tiny_books

PATH = f"/api/v1/{MAIN}/{JOURNALS}"


def raw(exact, request: bytes) -> bytes:
    """Send bytes and read until the server closes."""
    host, port = exact.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        connection.sendall(request)
        answer = b""
        while part := connection.recv(65536):
            answer += part
    return answer


def test_answers_are_compressed_for_who_asks(connected):
    whole = connected.get(f"{MAIN}/{LINES}?$select=*", **{"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in whole.headers
    client = http.client.HTTPConnection(connected.url.removeprefix("http://"))
    headers = {"Accept": "application/json", "Authorization": f"Bearer {connected.access_token}"}
    client.request("GET", f"/api/v1/{MAIN}/{LINES}?$select=*", headers={**headers, "Accept-Encoding": "gzip"})
    response = client.getresponse()
    body = response.read()
    client.close()
    assert response.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(body) == whole.content


def test_cookies_name_the_administration_as_exacts_do(connected):
    response = connected.get(f"{OTHER}/{JOURNALS}")
    names = {cookie.name.split("{")[0]: cookie.value for cookie in response.cookies}
    assert set(names) == {"ASP.NET_SessionId", "ExactServer"}
    assert names["ExactServer"] == f"Division={OTHER}"


def test_json_says_that_it_is_json(connected):
    assert connected.get(f"{MAIN}/{JOURNALS}").headers["Content-Type"] == "application/json; charset=utf-8"


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"POST /api/oauth2/token HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 411),
        (b"POST /api/oauth2/token HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 411),
        (b"POST /api/oauth2/token HTTP/1.1\r\nHost: x\r\nContent-Length: 1000001\r\n\r\n", 413),
        (b"GET /" + b"x" * 6000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
        (b'GET / HTTP/1.1\r\nHost: x"><script>\r\n\r\n', 400),
        (b"nonsense\r\n\r\n", 400),
    ],
    ids=["chunked", "negative length", "too much", "long address", "host", "nonsense"],
)
def test_malformed_requests_end_the_connection(exact, request_bytes, status):
    answer = raw(exact, request_bytes)
    assert f" {status} ".encode() in answer.split(b"\r\n")[0]
    assert b"<script" not in answer


def test_a_client_without_a_host_gets_the_servers_own_address(connected):
    request = f"GET {PATH}?$top=1 HTTP/1.0\r\nAccept: application/json\r\nAuthorization: Bearer "
    answer = raw(connected, f"{request}{connected.access_token}\r\n\r\n".encode())
    assert f'"uri":"{connected.url}{PATH}(guid'.encode() in answer


def test_the_front_page_says_what_this_is(exact):
    assert "invented books" in exact.session.get(exact.url).text
    assert exact.session.get(f"{exact.url}/favicon.ico").status_code == 404


def test_an_error_of_the_sandbox_itself_is_a_500_and_the_next_call_works(connected, monkeypatch):
    tables = connected.sandbox.world.tables[MAIN]
    with monkeypatch.context() as patch:
        patch.setattr(tables, "rows", lambda path: 1 / 0)
        assert connected.get(f"{MAIN}/{JOURNALS}").status_code == 500
    assert connected.get(f"{MAIN}/{JOURNALS}").status_code == 200


def test_three_administrations_are_read_at_once_and_not_mixed(tmp_path, disk_writes):
    books = [tiny_books(code, lines=2500) for code in (MAIN, OTHER, POOR)]
    with serving(tmp_path, books) as exact:
        exact.connect()

        def read(code):
            pages = exact.pages(f"{code}/{LINES}?$select=ID,Division")
            return [(row["ID"], row["Division"]) for page in pages for row in page]

        with ThreadPoolExecutor(3) as pool:
            found = list(pool.map(read, (MAIN, OTHER, POOR)))
    for code, rows in zip((MAIN, OTHER, POOR), found, strict=True):
        assert rows == [(guid(number), code) for number in reversed(range(2500))]


@pytest.fixture
def access_lines(monkeypatch):
    """What the sandbox logs, from the debug level up."""
    lines: list[str] = []
    handler = logging.Handler()
    monkeypatch.setattr(handler, "emit", lambda record: lines.append(handler.format(record)))
    logger = logging.getLogger("sandbox")
    logger.addHandler(handler)
    before = logger.level
    logger.setLevel(logging.DEBUG)
    yield lines
    logger.setLevel(before)
    logger.removeHandler(handler)


def settled(lines: list[str], count: int) -> list[str]:
    """A line is written just after its answer is sent: wait for the last one."""
    deadline = time.monotonic() + 5
    while len(lines) < count and time.monotonic() < deadline:
        time.sleep(0.005)
    return lines


def test_every_call_leaves_one_line_without_secrets(exact, access_lines):
    code = exact.code()
    exact.token(grant_type="authorization_code", code=code, redirect_uri="x")
    exact.connect()
    exact.get(f"{MAIN}/{JOURNALS}?$filter=Code eq '1'&access_token={exact.access_token}&state=a-secret-state")
    exact.control("faults", kind="reset", path_contains="Journals")
    with pytest.raises(requests.ConnectionError):
        exact.get(f"{MAIN}/{JOURNALS}")
    exact.session.get(f"{exact.url}/a%0Ab")
    lines = settled(access_lines, 12)
    assert [line.rsplit(" ", 2)[0] for line in lines] == [
        *("GET /api/oauth2/auth 200", "POST /api/oauth2/login 200", "POST /api/oauth2/consent 302"),
        "POST /api/oauth2/token 400",
        *("GET /api/oauth2/auth 200", "POST /api/oauth2/login 200", "POST /api/oauth2/consent 302"),
        "POST /api/oauth2/token 200",
        f"GET {PATH} $filter=Code%20eq%20'1' 200",
        "POST /_sandbox/faults 200",
        f"GET {PATH} reset",
        "GET /a%0Ab 404",
    ]
    for secret in (exact.access_token, exact.refresh_token, code, "sandbox-secret", "stampNL", "a-secret-state"):
        assert secret not in "\n".join(lines)
