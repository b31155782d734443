"""What every page must keep: nothing jumps, no name breaks it; keyboard, contrast, small and large screens."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.web.conftest import ADMIN, frame_of

pytestmark = pytest.mark.slow
PAGES = [
    *("/", "/connect", "/integrations/1/select", "/integrations/1/manage", "/administrations/1"),
    *("/administrations/1/manage", "/doctor", "/removed", "/mapping?administration=1"),
    *("/dashboards/outstanding", "/dashboards/assets", "/dashboards/profit", "/dashboards/coverage"),
]
#: What a name of an administration may hold.
ODD = """<img src=x onerror="alert(1)"> 'Zoet' & "Zn" {{ 7*7 }} \N{SMILING FACE WITH SUNGLASSES} %s"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_wcag_aa_in_light_and_dark(office, scheme):
    page = office.page(ADMIN, color_scheme=scheme)
    found = {}
    for path in PAGES:
        page.goto(f"{office.url}/exact-online{path}")
        page.wait_for_selector("main")
        assert page.evaluate("() => document.documentElement.classList.contains('dark')") == (scheme == "dark")
        options = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}}
        broken = Axe().run(page, options=options).response["violations"]
        found[path] = [(each["id"], [node["html"][:120] for node in each["nodes"][:3]]) for each in broken]
    assert {path: each for path, each in found.items() if each} == {}
    page.context.close()


@pytest.mark.parametrize("width", [360, 1600])
def test_no_page_scrolls_sideways(office, width):
    page = office.page(ADMIN)
    page.set_viewport_size({"width": width, "height": 800})
    wide = []
    for path in PAGES:
        page.goto(f"{office.url}/exact-online{path}")
        page.wait_for_selector("main")
        if page.evaluate("() => document.documentElement.scrollWidth > globalThis.innerWidth"):
            wide.append(path)
    assert wide == []
    page.goto(f"{office.url}/plugin/exact-online")
    inside = frame_of(page)
    assert inside.evaluate("() => document.documentElement.scrollWidth <= globalThis.innerWidth")
    page.close()


def test_the_keyboard_is_enough(office):
    """From the top of the page by Tab and Enter alone to the form that connects, and choose Belgium there."""
    page = office.page(ADMIN)
    page.goto(f"{office.url}/exact-online/")
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.textContent") == "Skip to content"
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("() => document.activeElement.textContent.trim()") == "Add integration":
            break
    outline = page.evaluate("() => getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid", "one sees where one is"
    page.keyboard.press("Enter")
    page.wait_for_selector("h1:has-text('Add integration')")
    page.focus("input[name=app]")
    page.keyboard.press("ArrowUp")
    assert page.is_checked("input[name=app][value=new]")
    page.focus("input[name=environment][value=nl]")
    page.keyboard.press("ArrowDown")
    assert page.is_checked("input[name=environment][value=be]")
    page.close()


def test_numbers_and_dates_are_written_as_the_reader_does(office):
    for locale, amount, month in (("nl-NL", "1.234", "nov"), ("en-US", "1,234", "Nov"), ("fr-BE", "1 234", "nov")):
        context = office.browser.new_context(locale=locale, timezone_id="Europe/Brussels")
        context.add_cookies(office.contexts[ADMIN].cookies())
        page = context.new_page()
        page.goto(f"{office.url}/exact-online/")
        calls = page.inner_text("[data-field=calls]").split(" / ")[1]
        separator = amount[1]
        assert calls.replace("\u202f", " ").replace("\u00a0", " ") in (
            f"5{separator}000",
            f"10{separator}000",
            f"15{separator}000",
        )
        moment = page.get_attribute("[data-field=last] time, time[datetime]", "datetime")
        assert moment
        assert month in page.inner_text("time[datetime] >> nth=0")
        context.close()


def test_a_name_may_hold_anything(office):
    """Markup, quotes, template syntax and emoji show as they are, run nothing, and can be typed to confirm."""
    page = office.page(ADMIN)
    alerts = []
    page.on("dialog", lambda dialog: (alerts.append(dialog.message), dialog.dismiss()))
    page.goto(f"{office.url}/exact-online/administrations/1/manage")
    page.fill("input[name=label]", ODD[:110])
    page.click("button:has-text('Rename')")
    page.wait_for_selector("text=Renamed.")
    expected = " ".join(ODD[:110].split())
    try:
        for path in ("/", "/administrations/1", "/doctor", "/mapping?administration=1"):
            page.goto(f"{office.url}/exact-online{path}")
            assert expected in " ".join(page.inner_text("body").split())
            assert page.locator("main img").count() == 0
        page.goto(f"{office.url}/exact-online/administrations/1/manage")
        button = page.locator("button:has-text('Delete administration')")
        assert button.is_disabled()
        page.fill("form[data-typed] input[name=typed]", expected)
        assert button.is_enabled()
        assert alerts == []
    finally:
        page.goto(f"{office.url}/exact-online/administrations/1/manage")
        page.fill("input[name=label]", "")
        page.click("button:has-text('Rename')")
        page.wait_for_selector("text=Renamed.")
        page.close()


def test_live_figures_move_nothing_while_an_import_runs(office):
    """Sync, and note every layout shift the browser reports until it is over."""
    page = office.page(ADMIN)
    page.goto(f"{office.url}/exact-online/administrations/1")
    page.click("button:has-text('Sync now')")
    page.wait_for_selector("text=The import is queued")
    page.goto(f"{office.url}/exact-online/")
    page.evaluate(
        "() => { globalThis.shifts = []; new PerformanceObserver((list) => { for (const e of list.getEntries()) "
        "globalThis.shifts.push(e.value); }).observe({ type: 'layout-shift' }); }"
    )
    row = "#administration-1 [data-field=words]"
    page.wait_for_selector(f"{row}:has-text('In progress')", timeout=30_000)
    office.wait(lambda: "Succeeded" in page.inner_text(row), 120, "the import")
    assert sum(page.evaluate("() => globalThis.shifts")) < 0.01
    page.close()
    office.wait(office.marts_are_green, 240, "green marts")


def test_no_page_speaks_to_anybody_else(office):
    page, hosts = office.page(ADMIN), set()
    page.on("request", lambda request: hosts.add(request.url.split("/")[2]) if request.url.startswith("http") else None)
    errors = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    for path in PAGES:
        page.goto(f"{office.url}/exact-online{path}")
        page.wait_for_selector("main")
    assert hosts == {office.url.split("//")[1]}
    assert errors == []
    page.close()
