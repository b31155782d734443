"""Take the pictures in docs/ from the running demo, with the system's Chromium."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from playwright.sync_api import Page, ViewportSize, sync_playwright

from stack import commands
from stack.airflow_runs import AirflowRuns
from stack.environment import ADMIN
from stack.errors import StackError
from stack.settings import ROOT, Settings, load

SIZE: ViewportSize = {"width": 1600, "height": 1000}


def main() -> int:
    """Save one PNG per page; the page is waited for, not the network: the UI polls for ever."""
    settings = load()
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if not chromium:
        print("make screenshots: no Chromium. On Debian: apt-get install chromium", file=sys.stderr)
        return 1
    folder = ROOT / "docs"
    folder.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport=SIZE, color_scheme="light")
        _log_in(page, settings)
        _take(page, settings, folder)
        browser.close()
    return 0


def _log_in(page: Page, settings: Settings) -> None:
    page.goto(settings.airflow_url)
    page.fill("input[name=username]", ADMIN)
    page.fill("input[name=password]", settings.secrets().admin_password)
    page.click("button[type=submit]")
    page.wait_for_selector("[data-testid=nav-sidebar]", timeout=30_000)


def _take(page: Page, settings: Settings, folder: Path) -> None:
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
