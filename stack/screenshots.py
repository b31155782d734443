"""Take the pictures in docs/ from the running demo, with Chromium: Airflow's pages, and ours in light and dark."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Frame, Page, ViewportSize, sync_playwright

from stack import commands
from stack.airflow_runs import AirflowRuns
from stack.environment import ADMIN
from stack.errors import StackError
from stack.settings import ROOT, Settings, load

SIZE: ViewportSize = {"width": 1600, "height": 1000}
#: What is drawn or fetched after a page is there is drawn by then.
SETTLED_MILLISECONDS = 1_500
SCHEMES = ("light", "dark")


def main() -> int:
    """Save one PNG per page; the page is waited for, not the network: the UI polls for ever."""
    settings = load()
    found = subprocess.run([ROOT / "bin" / "chromium"], capture_output=True, text=True, check=False)
    if found.returncode:
        print(f"make screenshots: {found.stderr.strip()}", file=sys.stderr)
        return 1
    folder = ROOT / "docs"
    folder.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        path = found.stdout.strip()
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        for scheme in SCHEMES:
            page = _logged_in(browser, settings, scheme)
            if scheme == "light":
                _take_airflow(page, settings, folder)
            for name, (address, prepare) in _pages(settings).items():
                _take(page, settings, address, prepare, folder / f"exact-online-{name}-{scheme}.png")
        browser.close()
    return 0


def _logged_in(browser: Browser, settings: Settings, scheme: str) -> Page:
    page = browser.new_page(viewport=SIZE, color_scheme=scheme, locale="en-GB")  # type: ignore[arg-type]
    page.goto(settings.airflow_url)
    page.fill("input[name=username]", ADMIN)
    page.fill("input[name=password]", settings.secrets().admin_password)
    page.click("button[type=submit], input[type=submit]")
    page.wait_for_selector("[data-testid=nav-sidebar]", timeout=30_000)
    return page


def _pages(settings: Settings) -> dict[str, tuple[str, Callable[[Frame], object]]]:
    """Return each page's picture: its address below Exact Online, and what to do there first."""
    found = commands.plugin_json(settings, "status")["administrations"]
    if not found:
        raise StackError("Nothing is connected: make demo first.")
    id_ = found[0]["administration_id"]
    return {
        "integrations": ("/", _nothing),
        "connect": ("/connect", _nothing),
        "authenticate": ("/connect", lambda frame: _press(frame, "Continue", "#authenticate")),
        "select": ("/integrations/1/select", _tick),
        "manage-integration": ("/integrations/1/manage", _nothing),
        "administration": (f"/administrations/{id_}", _nothing),
        "manage-administration": (f"/administrations/{id_}/manage", _nothing),
        "doctor": (f"/doctor?administration={id_}", lambda frame: _press(frame, "Examine", "ol.checks")),
        "outstanding": ("/dashboards/outstanding", _nothing),
        "assets": (f"/dashboards/assets?administration={id_}", _nothing),
        "profit": (f"/dashboards/profit?administration={id_}", _nothing),
        "coverage": ("/dashboards/coverage", _nothing),
        "mapping": (f"/mapping?administration={id_}", _nothing),
        "removed": ("/removed", _nothing),
    }


def _take(page: Page, settings: Settings, address: str, prepare: Callable[[Frame], object], file: Path) -> None:
    page.goto(f"{settings.airflow_url}/plugin/exact-online{address}")
    page.wait_for_selector("iframe[title='Exact Online']", timeout=30_000)
    frame = next(each for each in page.frames if each != page.main_frame)
    frame.wait_for_selector("main", timeout=30_000)
    prepare(frame)
    page.wait_for_timeout(SETTLED_MILLISECONDS)
    page.screenshot(path=file)


def _nothing(frame: Frame) -> None:
    """Take the page as it is."""


def _press(frame: Frame, button: str, until: str) -> None:
    frame.click(f"button:has-text('{button}')")
    frame.wait_for_selector(until, timeout=30_000)


def _tick(frame: Frame) -> None:
    """Choose what is not connected yet, and wait for what it takes."""
    boxes = frame.locator("input[name=codes]:enabled")
    if boxes.count():
        boxes.first.check()
        frame.wait_for_selector("td:has-text('First import')", timeout=30_000)


def _take_airflow(page: Page, settings: Settings, folder: Path) -> None:
    connected = commands.plugin_json(settings, "status")["administrations"]
    if not connected:
        raise StackError("Nothing is connected: make demo first.")
    first = f"exact_online_{connected[0]['environment']}_{connected[0]['division_code']}"
    run = AirflowRuns(settings).latest(first)
    page.goto(f"{settings.airflow_url}/dags")
    page.wait_for_selector(f"text={connected[0]['name']}", timeout=30_000)
    page.wait_for_timeout(3_000)
    page.screenshot(path=folder / "airflow-dags.png")
    page.goto(f"{settings.airflow_url}/dags/{first}/runs/{run.run_id if run else ''}")
    page.click("[aria-label^='Show Graph']")
    page.click("[aria-label='Collapse Details Panel']")
    page.mouse.move(SIZE["width"] / 2, SIZE["height"] - 50)  # no tooltip in the picture
    page.wait_for_selector("text=check_administration", timeout=30_000)
    page.wait_for_timeout(4_000)
    page.screenshot(path=folder / "airflow-run-graph.png")


if __name__ == "__main__":
    try:
        sys.exit(main())
    except StackError as exc:
        print(f"make screenshots: {exc}", file=sys.stderr)
        sys.exit(1)
