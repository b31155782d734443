"""Who is kept out of what: anonymous people, read-only people, other sites, stolen and replayed logins."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from stack import login, settings
from tests.web.conftest import ADMIN
from tests.web.test_connecting import FIRST

pytestmark = pytest.mark.slow
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
PATHS_BESIDE = (
    "/docs",
    "/redoc",
    "/openapi.json",
    "/static/../app.py",
    "/static/%2e%2e/app.py",
    "/nope",
    "//evil.example",
)

#: Everything a change could touch.
_STATE = """
select md5(concat((select string_agg(i::text, '') from exact_ops.integrations as i),
                  (select string_agg(a::text, '') from exact_ops.administrations as a),
                  (select string_agg(m::text, '') from exact_ops.account_mapping_overrides as m),
                  (select string_agg(p::text, '') from exact_ops.pending_connections as p),
                  (select string_agg(r::text, '') from exact_ops.removals as r)))
"""


def state(office) -> tuple:
    runs = "select count(*) from dag_run where run_type = 'manual'"
    return (
        office.sql(_STATE),
        office.airflow_sql(runs),
        office.airflow_sql("select dag_id, is_paused from dag order by 1"),
    )


def filled(path: str) -> str:
    """Fill a route's parameters with things that exist."""
    names = {"board": "outstanding", "panel": "items", "name:path": "style.css"}
    return re.sub(r"\{([^}]+)\}", lambda found: names.get(found[1], "1"), path)


def call(office, method: str, path: str, token: str = "", **headers: str) -> requests.Response:
    sent = {"Accept": "text/html", **headers, **({"Authorization": f"Bearer {token}"} if token else {})}
    url = f"{office.url}/exact-online{path}"
    return requests.request(
        method, url, headers=sent, timeout=30, allow_redirects=False, data={"x": "1"} if method == "POST" else None
    )


def test_the_anonymous_get_nothing_by_any_method(office):
    before = state(office)
    for path in [*(filled(route["path"]) for route in office.routes()), *PATHS_BESIDE]:
        for method in METHODS:
            answer = call(office, method, path)
            assert answer.status_code == 401, f"{method} {path}"
            assert FIRST not in [int(found) for found in re.findall(r"\d{7}", answer.text)]
            assert answer.headers["Cache-Control"] == "no-store"
    assert call(office, "GET", "/progress", "not-a-token").status_code == 401
    assert state(office) == before


def test_a_browser_without_login_is_led_to_airflows_own_page(office):
    answer = call(office, "GET", "/administrations/1", **{"Sec-Fetch-Dest": "document"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/plugin/exact-online/administrations/1")


def test_a_reader_may_look_and_change_nothing(office):
    before, token = state(office), office.token("vera")
    needs = {(method, route["path"]): route["needs"] for route in office.routes() for method in route["methods"]}
    for path in {path for _, path in needs}:
        for method in METHODS:
            answer = call(office, method, filled(path), token)
            where = f"{method} {path}: {answer.status_code}"
            if (method, path) not in needs:
                assert answer.status_code in (403, 404, 405), where
            elif needs[method, path] == "look":
                assert answer.status_code in (200, 303, 404), where
            elif path == "/callback":
                assert answer.headers["Location"].startswith("/exact-online/connect/failed?notice="), where
            else:
                assert answer.status_code == 403, where
    assert state(office) == before


def test_each_role_may_do_what_airflow_lets_it(office):
    """ursula may trigger and not connect; otto may do both; whatever is allowed is still refused without our token."""
    for name, allowed in (("ursula", {"look", "trigger"}), ("otto", {"look", "trigger", "change", "operate"})):
        token = office.token(name)
        for route in office.routes():
            if route["methods"] != ["POST"]:
                continue
            answer = call(office, "POST", filled(route["path"]), token, Accept="application/json")
            assert answer.status_code == 403
            reason = answer.json()["detail"]
            assert ("too old or not ours" in reason) == (route["needs"] in allowed), f"{name} {route['path']}: {reason}"


def test_buttons_a_reader_may_not_use_are_not_shown(office):
    page = office.page("vera")
    page.goto(f"{office.url}/exact-online/")
    assert page.locator("tr[id^=administration-]").count() == 3
    assert page.locator("text=Add integration").count() == 0
    assert page.locator(".gear").count() == 0
    page.click("tr[id^=administration-] a")
    page.wait_for_selector("h2:has-text('Data sets')")
    assert page.locator("button:has-text('Sync now')").count() == 0
    page.close()


def csrf_of(frame) -> str:
    return frame.get_attribute("meta[name=csrf]", "content")


def test_a_change_needs_a_token_of_the_same_person_and_the_same_site(office):
    with office.inside("otto") as (_, frame):
        own = csrf_of(frame)
    with office.inside(ADMIN) as (_, frame):
        other = csrf_of(frame)
    token, path = office.token("otto"), "/integrations/1/rename"
    before = state(office)

    def post(csrf: str, **headers: str) -> int:
        sent = {"Authorization": f"Bearer {token}", "Accept": "text/html", **headers}
        form = {"csrf": csrf, "label": "stolen"}
        return requests.post(
            f"{office.url}/exact-online{path}", form, headers=sent, timeout=30, allow_redirects=False
        ).status_code

    for csrf in ("", "x", own[:-4] + "AAAA", other):
        assert post(csrf) == 403
    assert post(own, **{"Sec-Fetch-Site": "cross-site"}) == 403
    assert post(own, **{"Sec-Fetch-Site": "same-site"}) == 403
    assert post(own, Origin="http://evil.example") == 403
    assert post(own, Origin="null") == 403
    assert state(office) == before
    assert post(own, Origin=office.url, **{"Sec-Fetch-Site": "same-origin"}) == 303
    assert office.sql("select label from exact_ops.integrations where integration_id = 1") == [("stolen",)]
    office.sql("update exact_ops.integrations set label = null where integration_id = 1 returning 1")


def test_the_headers_of_every_page(office):
    token = office.token(ADMIN)
    for path in ("/", "/administrations/1", "/dashboards/outstanding", "/dashboards/outstanding/items.csv", "/nope"):
        headers = call(office, "GET", path, token).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self';" in policy
        assert "frame-ancestors 'self'" in policy
        assert "unsafe" not in policy
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Content-Type-Options"] == "nosniff"


def start_login(office, name: str) -> str:
    """Start a login by the page's own form and return the address of Exact's page."""
    with office.inside(name, "/connect") as (_, frame):
        if frame.locator("input[name=app][value=new]:visible").count():
            frame.check("input[name=app][value=new]")
        frame.check("input[name=environment][value=nl]")
        frame.fill("input[name=client_id]", settings.SANDBOX_CLIENT_ID)
        frame.fill("input[name=client_secret]", settings.SANDBOX_CLIENT_SECRET)
        frame.click("text=Another server")
        frame.fill("input[name=base_url]", office.settings.sandbox_url)
        frame.click("button:has-text('Continue')")
        return frame.get_attribute("#authenticate", "href")


def visit(office, name: str, address: str) -> str:
    """Open an address as a person and return what our page says."""
    page = office.page(name)
    page.goto(address)
    page.wait_for_selector("h1, iframe")
    text = page.inner_text("h1") if page.locator("h1").count() else "inside Airflow"
    assert "code=" not in page.url
    page.close()
    return text


def test_a_state_that_is_tampered_with_stolen_or_replayed_connects_nothing(office):
    address = start_login(office, "otto")
    good = login.consent(address, office.settings.redirect_uri)
    given = parse_qs(urlsplit(good).query)["state"][0]
    before = office.sql("select integration_id, token_issued_at, user_id from exact_ops.integrations order by 1")
    for changed in (given[:-2] + "xx", given.replace(".", ".A", 1), "", "x"):
        assert visit(office, "otto", good.replace(given, changed)) == "The login could not be finished"
    assert visit(office, ADMIN, good) == "The login could not be finished", "another person's"
    assert visit(office, "vera", good) == "Not allowed"
    assert (
        office.sql("select integration_id, token_issued_at, user_id from exact_ops.integrations order by 1") == before
    )
    assert visit(office, "otto", good) == "inside Airflow", "whoever started it"
    assert visit(office, "otto", good) == "The login could not be finished", "replayed"
    assert len(office.sql("select 1 from exact_ops.integrations where environment = 'nl'")) == 1, (
        "same user, same grant"
    )


def test_the_address_can_be_pasted_where_exact_cannot_reach_back_with_the_same_checks(office):
    with office.inside("otto") as (_, frame):
        card = frame.locator("section[data-state]", has_text="Netherlands").first
        card.locator("a.gear").first.click()
        frame.click("button:has-text('Reconnect')")
        address = frame.get_attribute("#authenticate", "href")
        good = login.consent(address, office.settings.redirect_uri)
        frame.click("summary:has-text('Exact cannot reach')")
        frame.fill("textarea[name=address]", good.replace("state=", "state=x"))
        frame.click("button:has-text('Finish')")
        frame.wait_for_selector("h1:has-text('The login could not be finished')")
        frame.goto(f"{office.url}/exact-online/integrations/1/manage")
        frame.click("button:has-text('Reconnect')")
        address = frame.get_attribute("#authenticate", "href")
        good = login.consent(address, office.settings.redirect_uri)
        frame.click("summary:has-text('Exact cannot reach')")
        frame.fill("textarea[name=address]", f"  {good}\n")
        frame.click("button:has-text('Finish')")
        frame.wait_for_selector("text=Connected again")


def test_no_redirect_leads_anywhere_else(office):
    token = office.token(ADMIN)
    for query in ("next=//evil.example", "done=<script>", "redirect=http://evil.example", "done=connected"):
        answer = call(office, "GET", f"/?{query}", token)
        assert answer.status_code == 200
        assert "evil.example" not in answer.text
        assert "<script>" not in answer.text.replace("<script src", "").replace('<script type="module"', "")
    for path in ("//evil.example", "/%2f%2fevil.example", "/\\evil.example"):
        answer = call(office, "GET", path, token, **{"Sec-Fetch-Dest": "document"})
        assert answer.status_code in (400, 404)
        assert "Location" not in answer.headers


def test_no_secret_stands_in_a_log_or_a_page(office):
    """Codes and states of all logins of this office, the app's secret, and every token of its grants."""
    secrets = {settings.SANDBOX_CLIENT_SECRET, *office.settings.passwords().values(), "stampNL001", "code=stamp"}
    with office.inside(ADMIN) as (_, frame):
        for path in ("/", "/connect", "/integrations/1/manage", "/administrations/1"):
            frame.goto(f"{office.url}/exact-online{path}")
            assert not [secret for secret in secrets if secret in frame.content()]
    for path, text in office.logs():
        if path.name not in ("users.log", "sandbox.log"):
            assert not [secret for secret in secrets if secret in text], path
    stored = " ".join(
        row[0] for row in office.airflow_sql("select coalesce(string_agg(t::text, ' '), '') from log as t")
    )
    assert not [secret for secret in secrets if secret in stored]
