"""Login and consent: only the registered app gets anywhere, nothing echoed runs, and codes are good once."""

from __future__ import annotations

from urllib.parse import parse_qs, quote, unquote, urlsplit

import pytest

from sandbox.settings import CLIENT_ID, REDIRECT_URI
from tests.sandbox.serving import MAIN, OTHER, POOR, serving, tiny_books

EVIL = "\"><script>alert(1)</script>'&"


def post(exact, step, *more, **fields):
    form = [*fields.items(), *more]
    return exact.session.post(f"{exact.url}/api/oauth2/{step}", form, allow_redirects=False)


def log_in(exact, session, username="demo@example.com", password="demo"):
    return post(exact, "login", session=session, username=username, password=password)


def answer_of(response):
    """The parameters of the redirect, still encoded."""
    address, _, query = response.headers["Location"].partition("?")
    assert (response.status_code, address) == (302, REDIRECT_URI)
    return dict(part.split("=", 1) for part in query.split("&"))


def exchange(exact, code, **other):
    return exact.token(**{"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT_URI, **other})


def test_the_whole_way_from_login_to_a_first_call(exact):
    session = exact.login_session(state=EVIL, force_login="1")
    page = log_in(exact, session)
    assert [f'value="{code}" checked' in page.text for code in (MAIN, OTHER, POOR)] == [True] * 3
    chosen = [("division", str(MAIN)), ("division", str(POOR))]
    answer = answer_of(post(exact, "consent", *chosen, session=session, decision="allow"))
    assert unquote(answer["state"]) == EVIL
    assert {"%21", "%25"} <= {answer["code"][i : i + 3] for i in range(len(answer["code"]))}
    response = exchange(exact, unquote(answer["code"]))
    pair = response.json()
    assert {**pair, "access_token": "", "refresh_token": ""} == {
        "access_token": "",
        "token_type": "bearer",
        "expires_in": "600",
        "refresh_token": "",
    }
    exact.access_token = pair["access_token"]
    rows = exact.get(f"{MAIN}/system/Divisions?$select=Code").json()["d"]["results"]
    assert [row["Code"] for row in rows] == [MAIN, POOR]


@pytest.mark.parametrize("client_id", [CLIENT_ID, f"{{{CLIENT_ID}}}", CLIENT_ID.upper()])
def test_a_client_id_is_good_with_and_without_braces(exact, client_id):
    assert exact.authorize(client_id=client_id).status_code == 200
    response = exact.token(client_id=client_id, grant_type="refresh_token", refresh_token="x")
    assert response.json() == {"error": "invalid_request"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"client_id": "00000000-0000-0000-0000-000000000000"},
        {"client_id": ""},
        {"redirect_uri": REDIRECT_URI + "/"},
        {"redirect_uri": REDIRECT_URI + "?x=1"},
        {"redirect_uri": "http://evil.example/"},
        {"redirect_uri": ""},
        {"response_type": "token"},
        {"force_login": "yes"},
    ],
    ids=str,
)
def test_what_is_not_registered_is_refused_without_a_redirect(exact, wrong):
    response = exact.authorize(**wrong)
    assert response.status_code == 400
    assert "Location" not in response.headers
    assert "<form" not in response.text


@pytest.mark.parametrize(("username", "password"), [("demo@example.com", "Demo"), ("x", "demo"), ("", "")])
def test_a_wrong_password_leads_nowhere(exact, username, password):
    session = exact.login_session()
    assert "is not right" in log_in(exact, session, username, password).text
    response = post(exact, "consent", ("division", str(MAIN)), session=session, decision="allow")
    assert response.status_code == 400


def test_denial_goes_back_with_the_state_and_without_a_code(exact):
    session = exact.login_session()
    log_in(exact, session)
    response = post(exact, "consent", ("division", str(MAIN)), session=session, decision="deny")
    assert answer_of(response) == {"error": "access_denied", "state": "s"}
    assert post(exact, "consent", session=session, decision="allow").status_code == 400


@pytest.mark.parametrize("chosen", [[], ["42"], ["x"]])
def test_consent_to_nothing_asks_again(exact, chosen):
    session = exact.login_session()
    log_in(exact, session)
    response = post(exact, "consent", *(("division", one) for one in chosen), session=session, decision="allow")
    assert response.status_code == 200
    assert "Tick at least one administration" in response.text


def test_a_login_is_forgotten_after_a_quarter_of_an_hour(exact):
    session = exact.login_session()
    exact.time.seconds += 901
    assert log_in(exact, session).status_code == 400


def test_nothing_echoed_can_run(tmp_path, disk_writes):
    books = tiny_books(MAIN)
    books.division["Description"] = EVIL
    with serving(tmp_path, [books], redirect_uri=f"http://127.0.0.1/{EVIL}") as exact:
        pages = [
            exact.authorize(redirect_uri=f"http://127.0.0.1/{EVIL}", state=EVIL),
            exact.authorize(client_id=EVIL, state=EVIL),
            exact.authorize(redirect_uri=EVIL),
        ]
        session = exact.login_session(redirect_uri=f"http://127.0.0.1/{EVIL}")
        pages += [
            log_in(exact, session, username=EVIL),
            log_in(exact, EVIL),
            log_in(exact, session),
            post(exact, "consent", session=session, decision=EVIL),
        ]
    assert [page.status_code for page in pages] == [200, 400, 400, 200, 400, 200, 200]
    for page in pages:
        assert "<script" not in page.text
        assert EVIL not in page.text
    assert "&quot;&gt;&lt;script&gt;" in pages[-1].text


def test_pages_cannot_be_framed_kept_or_scripted(exact):
    session = exact.login_session()
    for page in (exact.authorize(), exact.authorize(client_id="x"), log_in(exact, session)):
        assert page.headers["X-Frame-Options"] == "DENY"
        assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]
        assert page.headers["Cache-Control"] == "no-store"


def test_the_consent_form_may_lead_back_to_the_app(exact):
    policy = log_in(exact, exact.login_session()).headers["Content-Security-Policy"]
    assert "form-action 'self' http://127.0.0.1:8080;" in policy


def test_a_state_cannot_add_a_header(exact):
    session = exact.login_session(state="a\r\nSet-Cookie: x=y")
    log_in(exact, session)
    response = post(exact, "consent", ("division", str(MAIN)), session=session, decision="allow")
    assert "Set-Cookie" not in response.headers
    assert parse_qs(urlsplit(response.headers["Location"]).query)["state"] == ["a\r\nSet-Cookie: x=y"]


def test_a_code_is_good_once(exact):
    code = exact.code()
    assert exchange(exact, code).status_code == 200
    again = exchange(exact, code)
    assert (again.status_code, again.json()) == (400, {"error": "invalid_request"})


def test_a_code_lives_three_minutes(exact):
    young, old = exact.code(), exact.code()
    exact.time.seconds += 180
    assert exchange(exact, young).status_code == 200
    exact.time.seconds += 1
    assert exchange(exact, old).json() == {"error": "invalid_request"}


def test_a_code_decoded_twice_or_not_at_all_is_worthless(exact):
    for spoil in (unquote, lambda code: quote(code, safe="")):
        assert exchange(exact, spoil(exact.code())).json() == {"error": "invalid_request"}


def test_the_exchange_needs_the_same_redirect_uri_and_spends_the_code_without_it(exact):
    code = exact.code()
    assert exchange(exact, code, redirect_uri="http://127.0.0.1:8080/other").json() == {"error": "invalid_request"}
    assert exchange(exact, code).json() == {"error": "invalid_request"}


@pytest.mark.parametrize("wrong", [{"client_secret": "x"}, {"client_secret": ""}, {"client_id": "x"}], ids=str)
def test_a_wrong_secret_does_not_spend_the_code(exact, wrong):
    code = exact.code()
    response = exchange(exact, code, **wrong)
    assert (response.status_code, response.json()["error"]) == (400, "invalid_client")
    assert exchange(exact, code).status_code == 200


@pytest.mark.parametrize("grant_type", ["password", "client_credentials", ""])
def test_other_grants_are_not_supported(exact, grant_type):
    assert exact.token(grant_type=grant_type).json() == {"error": "unsupported_grant_type"}


def test_tokens_are_asked_for_by_form_and_post_only(exact):
    address = f"{exact.url}/api/oauth2/token"
    assert exact.session.get(address).status_code == 405
    as_json = exact.session.post(address, json={"grant_type": "refresh_token"})
    assert (as_json.status_code, as_json.json()) == (400, {"error": "invalid_request"})
    assert exact.session.get(f"{exact.url}/api/oauth2/other").status_code == 404


def test_answers_with_tokens_are_not_kept_by_anybody_between(connected):
    connected.time.seconds += 570
    assert connected.refresh().headers["Cache-Control"] == "no-store"
