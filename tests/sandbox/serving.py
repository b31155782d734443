"""A sandbox over a handful of hand-made rows, on a real port, with a clock the test moves. Used by test_server_*.py."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests

from sandbox.app import Sandbox
from sandbox.clock import Clock
from sandbox.schema import entities
from sandbox.server import Server
from sandbox.settings import CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, Settings
from sandbox.state import Store

TODAY = date(2026, 11, 23)
NOON = 1_795_431_600.0  # 2026-11-23 11:00:00 UTC, the start of a minute; noon on Exact's servers
MAIN, OTHER, POOR = 1000001, 1000002, 1000005
LINES = "sync/Financial/TransactionLines"
TERMS = "sync/Cashflow/PaymentTerms"
ACCOUNTS = "sync/Financial/GLAccounts"
JOURNALS = "financial/Journals"
Row = dict[str, Any]


def guid(number: int) -> str:
    return f"{number:08x}-0000-4000-8000-000000000000"


def row(path: str, **values: Any) -> Row:
    """An empty row of an endpoint with a few values."""
    return dict.fromkeys(entities()[path].fields) | values


@dataclass
class TinyBooks:
    """What the server needs of an administration, and nothing behind it."""

    code: int
    division: Row
    tables: dict[str, dict[str, Row]]
    unavailable: dict[str, int] = field(default_factory=dict)
    derived_rows: list[Row] = field(default_factory=list)
    lives: list[float] = field(default_factory=list)

    def derived(self, path: str, today: date) -> list[Row]:
        return [one for one in self.derived_rows if path == "financial/ReportingBalance"]

    def truth(self, today: date) -> Row:
        return {"lines": len(self.tables[LINES]), "today": today.isoformat()}

    def advance(self, steps: int, rng: random.Random) -> None:
        """Each step adds an account whose name shows the dice."""
        for _ in range(steps):
            self.lives.append(rng.random())
            number = 900 + len(self.lives)
            self.tables[ACCOUNTS][guid(number)] = row(
                ACCOUNTS, ID=guid(number), Timestamp=10_000 + number, Description=str(self.lives[-1])
            )


def tiny_books(code: int, lines: int = 5, journals: int = 3) -> TinyBooks:
    """Books with as many rows as a test wants to page through. Row versions run against the order of the ids."""
    division = row(
        "system/Divisions", Code=code, Description=f"Company {code}", Status=1, BlockingStatus=0, Hid=code - 999_900
    )
    division |= {"Country": "NL ", "Currency": "EUR", "Legislation": "NL ", "IsMainDivision": code == MAIN}
    tables = {
        LINES: {guid(n): line(code, n, lines) for n in range(lines)},
        TERMS: {
            guid(n): row(TERMS, ID=guid(n), Timestamp=n, LineType=(20, 22)[n % 2], Division=code) for n in range(5)
        },
        ACCOUNTS: {guid(1): row(ACCOUNTS, ID=guid(1), Timestamp=1, Code="1300".rjust(18), Description="Debiteuren")},
        JOURNALS: {guid(n): row(JOURNALS, ID=guid(n), Code=str(n), Description=f"J {n % 7}") for n in range(journals)},
        "sync/Deleted": {guid(1): row("sync/Deleted", ID=guid(1), Timestamp=9, EntityType=1, EntityKey=guid(77))},
        "hrm/Costcenters": {},
    }
    return TinyBooks(code, division, tables)


def line(code: int, number: int, of: int = 0) -> Row:
    return row(
        LINES,
        ID=guid(number),
        Timestamp=5_000_000_000 + 10 * (of - number),
        Division=code,
        AmountDC=Decimal(number) / 100,
        Date=TODAY,
        FinancialYear=2025 + number % 2,
        Created=datetime.fromisoformat("2026-07-01T16:16:40.200"),
        GLAccount=guid(1),
        VATCode="VB ",
        Description="Café 'Zon' \"& Zn\" <b>\r\n\u2028",
    )


class Time:
    """The source of the clock: stands still until moved."""

    def __init__(self) -> None:
        self.seconds = NOON

    def __call__(self) -> float:
        return self.seconds


@dataclass
class Running:
    """A sandbox that serves, and what tests do with it all the time."""

    url: str
    session: requests.Session
    codes: list[int]
    sandbox: Sandbox = None  # type: ignore[assignment] - stays empty for a sandbox in a process of its own
    time: Time = None  # type: ignore[assignment]
    access_token: str = ""
    refresh_token: str = ""

    def get(self, path: str, **headers: str) -> requests.Response:
        """Call as a client does; `path` is below /api/v1/ or a whole link."""
        all_headers = {"Accept": "application/json", "Authorization": f"Bearer {self.access_token}", **headers}
        address = path if path.startswith("http") else f"{self.url}/api/v1/{path}"
        return self.session.get(address, headers=all_headers)

    def pages(self, path: str) -> list[list[Row]]:
        """Follow `__next` to the end."""
        found, link = [], path
        while link:
            response = self.get(link)
            assert response.status_code == 200, response.text
            inner = response.json()["d"]
            found.append(inner if isinstance(inner, list) else inner["results"])
            link = None if isinstance(inner, list) else inner.get("__next")
        return found

    def control(self, name: str, **content: Any) -> Any:
        """Post to the control API."""
        response = self.session.post(f"{self.url}/_sandbox/{name}", json=content)
        assert response.status_code == 200, response.text
        return response.json()

    def connect(self, divisions: list[int] | None = None) -> None:
        """Log in, consent and exchange the code."""
        pair = self.token(grant_type="authorization_code", code=self.code(divisions), redirect_uri=REDIRECT_URI).json()
        self.access_token, self.refresh_token = pair["access_token"], pair["refresh_token"]

    def code(self, divisions: list[int] | None = None) -> str:
        """Log in and consent; return the code."""
        chosen = divisions or self.codes
        session = self.login_session()
        self.session.post(
            f"{self.url}/api/oauth2/login", {"session": session, "username": "demo@example.com", "password": "demo"}
        )
        form = [("session", session), ("decision", "allow"), *(("division", str(code)) for code in chosen)]
        response = self.session.post(f"{self.url}/api/oauth2/consent", form, allow_redirects=False)
        assert response.status_code == 302, response.text
        return parse_qs(urlsplit(response.headers["Location"]).query)["code"][0]

    def authorize(self, **parameters: str) -> requests.Response:
        asked = {
            "client_id": CLIENT_ID,
            "redirect_uri": REDIRECT_URI,
            "response_type": "code",
            "state": "s",
            **parameters,
        }
        return self.session.get(f"{self.url}/api/oauth2/auth", params=asked, allow_redirects=False)

    def login_session(self, **parameters: str) -> str:
        return self.authorize(**parameters).text.split('name="session" value="')[1].split('"')[0]

    def token(self, **form: str) -> requests.Response:
        """Call the token endpoint with the app's credentials."""
        form = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, **form}
        return self.session.post(f"{self.url}/api/oauth2/token", form)

    def refresh(self, refresh_token: str | None = None) -> requests.Response:
        return self.token(grant_type="refresh_token", refresh_token=refresh_token or self.refresh_token)


@contextmanager
def serving(directory: Path, books: list[TinyBooks] | None = None, **settings: Any) -> Iterator[Running]:
    """Serve books (three tiny administrations by default) until the block ends; not connected yet."""
    time = Time()
    all_books = books or [tiny_books(MAIN), tiny_books(OTHER), tiny_books(POOR)]
    sandbox = Sandbox(Settings(**settings), Store(directory), all_books, TODAY, Clock(time))
    server = Server("127.0.0.1", 0)
    server.sandbox = sandbox
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    session = requests.Session()
    session.trust_env = False
    try:
        codes = [one.code for one in all_books]
        yield Running(f"http://127.0.0.1:{server.server_address[1]}", session, codes, sandbox, time)
    finally:
        session.close()
        server.shutdown()
        thread.join()
        server.server_close()
