"""An office: a real empty stack, real Chromium, and people with different roles; once per auth manager."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
import requests
from playwright.sync_api import Browser, BrowserContext, Frame, Page, sync_playwright

from stack import commands, lifecycle, login, ports, settings
from stack.environment import stack_environment
from tests.by_day import night_is_far

ROOT = settings.ROOT
#: The login of the sandbox and of the people of the office: everybody may do less than the one before.
PEOPLE = {"otto": "op", "ursula": "user", "vera": "viewer"}
ADMIN = settings.ADMIN
#: Small books load within one minute's calls; the timed import runs on the books of the demo.
SIZES = {"simple": "default", "fab": "small"}


@dataclass
class Office:
    """The running stack with its people."""

    settings: settings.Settings
    environment: dict[str, str]
    browser: Browser
    belgium: str = ""
    contexts: dict[str, BrowserContext] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return self.settings.airflow_url

    def sql(self, query: str, *values: object) -> list[tuple]:
        with commands.warehouse(self.settings) as connection:
            return connection.execute(query, values).fetchall()

    def airflow_sql(self, query: str, *values: object) -> list[tuple]:
        with psycopg.connect(lifecycle.postgres(self.settings).conninfo("airflow")) as connection:
            return connection.execute(query, values).fetchall()

    def sandbox(self, method: str, path: str, base: str = "", **kwargs: Any) -> Any:
        answer = requests.request(method, f"{base or self.settings.sandbox_url}/_sandbox/{path}", timeout=60, **kwargs)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def token(self, name: str) -> str:
        """Return an API token of a person."""
        body = {"username": name, "password": self.settings.passwords()[name]}
        answer = requests.post(f"{self.url}/auth/token", json=body, timeout=30)
        answer.raise_for_status()
        return answer.json()["access_token"]

    def page(self, name: str, **options: Any) -> Page:
        """Return a new tab of a person who is logged in to Airflow."""
        if name not in self.contexts or options:
            context = self.browser.new_context(locale="nl-NL", viewport={"width": 1600, "height": 1000}, **options)
            page = context.new_page()
            page.goto(self.url)
            page.fill("input[name=username]", name)
            page.fill("input[name=password]", self.settings.passwords()[name])
            page.click("button[type=submit], input[type=submit]")
            page.wait_for_selector("[data-testid=nav-sidebar]", timeout=60_000)
            if options:
                return page
            self.contexts[name] = context
            page.close()
        return self.contexts[name].new_page()

    @contextmanager
    def inside(self, name: str, path: str = "") -> Iterator[tuple[Page, Frame]]:
        """Open a page of ours inside Airflow's frame, and close the tab at the end."""
        page = self.page(name)
        try:
            page.goto(f"{self.url}/plugin/exact-online{path}")
            yield page, frame_of(page)
        finally:
            page.close()

    def connect(self, page: Page, environment: str, base_url: str, allow: bool = True) -> None:
        """Click through "Add integration" and Exact's pages, as a person does; ends where Exact leads back to."""
        frame = frame_of(page)
        frame.click("text=Add integration")
        frame.wait_for_selector("h1:has-text('Add integration')")
        if frame.locator("input[name=app][value=new]:visible").count():
            frame.check("input[name=app][value=new]")
        frame.check(f"input[name=environment][value={environment}]")
        frame.fill("input[name=client_id]", settings.SANDBOX_CLIENT_ID)
        frame.fill("input[name=client_secret]", settings.SANDBOX_CLIENT_SECRET)
        frame.click("text=Another server")
        frame.fill("input[name=base_url]", base_url)
        frame.click("button:has-text('Continue')")
        frame.click("#authenticate")
        self.consent(page, allow)

    def consent(self, page: Page, allow: bool = True) -> None:
        """Log in at the sandbox and answer its question."""
        page.fill("input[name=username]", login.USERNAME)
        page.fill("input[name=password]", login.PASSWORD)
        page.click("button:has-text('Log in')")
        page.click(f"button:has-text('{'Allow' if allow else 'Deny'}')")

    def select(self, frame: Frame, *codes: int) -> float:
        """Tick administrations, see what they take, start; return when it was started."""
        for code in codes:
            frame.check(f"#box-{code}")
            frame.wait_for_selector(f"#cost-{code}:has-text('First import: about')", timeout=30_000)
        started = time.monotonic()
        frame.click("#start")
        frame.wait_for_selector("text=The first imports start now")
        return started

    def wait(self, what: Callable[[], Any], seconds: float, say: str = "") -> Any:
        """Return the first true answer. Fails where none comes in time."""
        deadline = time.monotonic() + seconds
        while True:
            found = what()
            if found:
                return found
            assert time.monotonic() < deadline, f"not within {seconds} s: {say}"
            time.sleep(0.2)

    def status_of(self, code: int, environment: str = "nl") -> str:
        found = self.sql(
            "select status from exact_ops.administrations where division_code = %s "
            "and environment = %s and is_connected",
            code,
            environment,
        )
        return found[0][0] if found else ""

    def marts_are_green(self) -> bool:
        """Whether the last build succeeded and shows everything that is stored."""
        (state,) = self.airflow_sql(
            "select state from dag_run where dag_id = 'exact_online_marts' order by id desc limit 1"
        ) or [("",)]
        return state[0] == "success" and commands.plugin_json(self.settings, "status")["marts"]["is_up_to_date"]

    def python(self, program: str) -> str:
        """Run a program in the stack's environment and return the last line it prints."""
        done = subprocess.run(
            [sys.executable, "-c", program],
            env=stack_environment(self.settings),
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout.strip().splitlines()[-1]

    def routes(self) -> list[dict[str, str]]:
        """Return every route of our app with its permission, as the app itself has them."""
        return json.loads(self.python(_ROUTES))

    def age_grants(self) -> None:
        """Make every stored token twenty minutes older, so that the next call refreshes it."""
        assert self.python(_AGE) == "aged"

    def logs(self) -> Iterator[tuple[Path, str]]:
        """Yield every log file of the stack with its text."""
        for path in [*self.settings.logs.glob("*.log"), *(self.settings.directory / "airflow" / "logs").rglob("*.log")]:
            yield path, path.read_text("utf-8", errors="replace")


_ROUTES = """
import json
from exact_online.web import gate
from exact_online.web.app import build_app
print(json.dumps([{"path": r.path, "methods": sorted(r.methods), "needs": gate.permission_of(r).value}
                  for r in build_app().routes]))
"""
_AGE = """
import msgspec
from datetime import timedelta
from exact_online import warehouse
from exact_online.cipher import Cipher
from exact_online.oauth import Token
with warehouse.connect(autocommit=True) as connection:
    stored = connection.execute("select integration_id, token_ciphertext from exact_ops.integrations").fetchall()
    for id_, pair in stored:
        token = msgspec.json.decode(Cipher().decrypt(pair), type=Token)
        old = msgspec.structs.replace(token, issued_at=token.issued_at - timedelta(minutes=20))
        connection.execute("update exact_ops.integrations set token_ciphertext = %s where integration_id = %s",
                           (Cipher().encrypt(msgspec.json.encode(old)), id_))
print("aged")
"""


def frame_of(page: Page) -> Frame:
    """Return our page inside Airflow's, once it is there."""
    page.wait_for_selector('iframe[title="Exact Online"]', timeout=60_000)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for found in page.frames:
            if found != page.main_frame and "/exact-online/" in found.url:
                found.wait_for_selector("main", timeout=60_000)
                return found
        page.wait_for_timeout(100)
    raise AssertionError(f"no frame of ours in {page.url}")


@contextmanager
def _second_sandbox(office_settings: settings.Settings, folder: Path) -> Iterator[str]:
    """Run Exact's Belgian site: another server, other books, the same app registration."""
    port = ports.free_port()
    command = [sys.executable, "-m", "sandbox", "--port", str(port), "--state-dir", str(folder), "--size", "small"]
    command += ["--redirect-uri", office_settings.redirect_uri, "--client-id", settings.SANDBOX_CLIENT_ID]
    command += ["--client-secret", settings.SANDBOX_CLIENT_SECRET]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=20)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Real Chromium, Debian's; installed where it is missing."""
    done = subprocess.run([ROOT / "bin" / "chromium"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    with sync_playwright() as playwright:
        path = done.stdout.strip()
        opened = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield opened
        opened.close()


@pytest.fixture(scope="session", params=list(SIZES))
def office(request, tmp_path_factory, browser) -> Iterator[Office]:
    """Start an empty stack under one of the auth managers and stop everything at the end."""
    directory = tmp_path_factory.mktemp(f"office-{request.param}")
    environment = {
        "STACK_DIR": str(directory),
        "AUTH_MANAGER": request.param,
        "STACK_USERS": ",".join(f"{name}:{role}" for name, role in PEOPLE.items()),
        "SANDBOX_SIZE": SIZES[request.param],
        **night_is_far(),
        **{name: str(ports.free_port()) for name in settings.DEFAULT_PORTS},
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        stack = [sys.executable, "-m", "stack"]
        made = Office(settings.load(), dict(os.environ), browser)
        try:
            done = subprocess.run([*stack, "up", "--sandbox"], cwd=ROOT, capture_output=True, text=True, check=False)
            assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
            with _second_sandbox(made.settings, tmp_path_factory.mktemp("belgium")) as made.belgium:
                yield made
        finally:
            for context in made.contexts.values():
                context.close()
            subprocess.run([*stack, "down"], cwd=ROOT, capture_output=True, check=False)
