"""From an empty install to filled dashboards, for the Netherlands and for Belgium, in the order a person does it."""

from __future__ import annotations

import itertools
import json
import time

import pytest

from tests.web.conftest import ADMIN, SIZES, frame_of

pytestmark = pytest.mark.slow
FIRST, SECOND, BELGIAN = 1000001, 1000002, 1000003

_RAW_ROWS = """
select exists (select from exact_raw.transaction_lines union all select from exact_raw.gl_accounts
               union all select from exact_raw.journals union all select from exact_raw.financial_periods
               union all select from exact_raw.payment_terms union all select from exact_raw.relations)
"""
#: Notes when the live figures were last fresh, as the page itself says.
_WATCH = """
() => {
  globalThis.seen = [];
  globalThis.setInterval(() => {
    const at = Number(document.querySelector('[data-live]')?.dataset.seen || 0);
    if (at && at !== globalThis.seen.at(-1)) globalThis.seen.push(at);
  }, 50);
}
"""


def test_an_empty_install_says_what_to_do_next(office):
    page = office.page(ADMIN)
    page.goto(office.url)
    page.click("[data-testid=nav-sidebar] >> text=Exact Onli")
    frame = frame_of(page)
    assert page.url.endswith("/plugin/exact-online")
    assert frame.inner_text("h2") == "Nothing is connected yet"
    for path, words in (("/dashboards/outstanding", "No figures yet"), ("/mapping", "No administration yet")):
        frame.goto(f"{office.url}/exact-online{path}")
        assert words in frame.inner_text("main")
    page.close()


def test_a_consent_that_is_denied_connects_nothing_and_says_so(office):
    with office.inside(ADMIN) as (page, _):
        office.connect(page, "nl", office.settings.sandbox_url, allow=False)
        page.wait_for_selector("h1:has-text('Access was not given')")
        assert "access_denied" in page.inner_text("main")
        assert "code=" not in page.url
        page.click("text=To the integrations")
        assert frame_of(page).inner_text("h2") == "Nothing is connected yet"
    assert office.sql("select count(*) from exact_ops.integrations") == [(0,)]
    assert office.sql("select count(*) from exact_ops.pending_connections") == [(0,)], "the login is spent"


def test_the_netherlands_from_nothing_to_green_marts(office):
    with office.inside(ADMIN) as (page, _):
        office.connect(page, "nl", office.settings.sandbox_url)
        frame = frame_of(page)
        assert page.url.endswith("/select"), "back inside Airflow's own page"
        frame.wait_for_selector("#list")
        frame.fill("[data-search]", "hoekje")
        assert frame.locator(f"#box-{FIRST}").is_hidden()
        frame.fill("[data-search]", "")
        assert "Every data set may be read" in _cost(frame, FIRST)
        started = office.select(frame, FIRST)
        frame.evaluate(_WATCH)
        queued = office.wait(lambda: office.airflow_sql(_RUNS, f"exact_online_nl_{FIRST}"), 10, "a queued run")
        timing = {"queued": time.monotonic() - started}
        office.wait(lambda: office.sql(_RAW_ROWS) == [(True,)], 15 - timing["queued"], "first rows")
        timing["first rows"] = time.monotonic() - started
        words = set()

        def is_done() -> bool:
            words.add(frame.inner_text("[data-field=words]"))
            return office.status_of(FIRST) == "succeeded"

        office.wait(is_done, 120, "the import")
        timing["imported"] = time.monotonic() - started
        office.wait(office.marts_are_green, 120 - timing["imported"], "green marts")
        timing["green marts"] = time.monotonic() - started
        seen = frame.evaluate("() => globalThis.seen")
        gaps = [later - earlier for earlier, later in itertools.pairwise(seen)]
        timing["longest gap of the live figures"] = max(gaps) / 1000
        _write_down(office, timing)
        assert queued
        assert len(seen) > 10
        assert timing["longest gap of the live figures"] <= 2
        assert "In progress" in words
        frame.wait_for_selector("[data-field=words]:has-text('Succeeded at')")
        assert office.sql("select count(*) > 1000 from marts.fct_gl_transaction_lines") == [(True,)]


def _write_down(office, timing: dict[str, float]) -> None:
    """Leave the figures beside the stack's logs, for whoever reads the report."""
    text = json.dumps({name: round(value, 1) for name, value in timing.items()})
    (office.settings.directory / "timing.json").write_text(text)


_RUNS = "select run_id from dag_run where dag_id = %s and state in ('queued', 'running', 'success')"


def _cost(frame, code: int) -> str:
    frame.check(f"#box-{code}")
    frame.wait_for_selector(f"#cost-{code}:has-text('First import')", timeout=30_000)
    text = frame.inner_text(f"#cost-{code}")
    assert "% of today's budget" in text
    return text


def test_belgium_and_a_second_administration_side_by_side(office):
    with office.inside(ADMIN) as (page, _):
        office.connect(page, "be", office.belgium)
        frame = frame_of(page)
        frame.wait_for_selector("#list")
        office.select(frame, BELGIAN)
        card = frame.locator("section[data-state]").first
        card.locator("text=Select administrations").click()
        frame.wait_for_selector("#list")
        assert frame.locator(f"#box-{FIRST}").is_disabled(), "connected already"
        assert "Connected" in frame.locator("tr", has=frame.locator(f"#box-{FIRST}")).inner_text()
        office.select(frame, SECOND)
        assert frame.locator("tr[id^=administration-]").count() == 3
    office.wait(lambda: office.status_of(BELGIAN, "be") == "succeeded", 150, "the Belgian import")
    office.wait(lambda: office.status_of(SECOND) == "succeeded", 150, "the second import")
    office.wait(office.marts_are_green, 240, "green marts")
    assert office.sql("select environment, count(*) from marts.dim_administrations group by 1 order by 1") == [
        ("be", 1),
        ("nl", 2),
    ]


@pytest.mark.parametrize("board", ["outstanding", "assets", "profit", "coverage"])
def test_the_dashboards_show_what_the_marts_hold(office, board):
    with office.inside(ADMIN, f"/dashboards/{board}") as (_, frame):
        assert frame.locator("canvas").count() > 0
        assert frame.locator("tbody tr[data-row]").count() > 5
        frame.wait_for_function("() => window.Chart")
        drawn = (
            "() => [...document.querySelectorAll('canvas')].every((each) => Chart.getChart(each)?.data.labels.length)"
        )
        frame.wait_for_function(drawn)


def test_the_assets_dashboard_is_the_roll_forward(office):
    """Book value per group at the end of the year its heading names, per currency."""
    with office.inside(ADMIN, "/dashboards/assets") as (_, frame):
        table = frame.locator("[id^=table-book-value-EUR]")
        year = int(table.locator("thead th").last.inner_text().split()[-1])
        groups = table.locator("tbody td:first-child").all_inner_texts()
        closing = table.locator("tbody td:last-child").all_inner_texts()
    expected = office.sql(
        "select asset_group, sum(book_closing) from marts.rpt_fixed_asset_roll_forward "
        "join marts.dim_administrations as a using (administration_id) "
        "where a.currency_code = 'EUR' and fiscal_year = %s group by 1",
        year,
    )
    assert len(expected) > 2
    assert dict(zip(groups, closing, strict=True)) == {group: _dutch(amount) for group, amount in expected}


def test_the_ageing_dashboard_is_what_is_open(office):
    with office.inside(ADMIN, "/dashboards/outstanding") as (_, frame):
        shown = frame.locator("[id^=table-ageing-EUR] tfoot td").all_inner_texts()
        (expected,) = office.sql(
            "select sum(amount) filter (where side = 'receivable'), sum(amount) filter (where side = 'payable') "
            "from marts.fct_outstanding_items as i join marts.dim_administrations as a using (administration_id) "
            "where a.currency_code = 'EUR' and as_of_date = (select max(o.as_of_date) "
            "from marts.fct_outstanding_items as o where o.administration_id = i.administration_id)"
        )
        assert shown == [_dutch(amount) for amount in expected]


def _dutch(amount) -> str:
    return f"{amount:,.2f}".translate(str.maketrans(",.", ".,"))


def test_timed_books_are_those_of_the_demo():
    assert SIZES["simple"] == "default"
