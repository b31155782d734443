"""OAuth: what is asked, how a redirect is read, and what each refusal means."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from exact_online import oauth
from exact_online.errors import (
    ConfigError,
    ReauthorizationRequired,
    RefreshOutcomeUnknown,
    RequestRejected,
    TooEarlyToRefresh,
    TransientApiError,
)
from tests.fakes import Answer, FakeExact

APP = oauth.App("https://start.exactonline.nl", "{my-app}", "s3cret", "https://me/callback")
TOKEN = oauth.Token("access-1", "refresh-1", datetime(2026, 1, 1, tzinfo=UTC))
PAIR = b'{"access_token":"access-2","token_type":"bearer","expires_in":"600","refresh_token":"refresh-2"}'


def test_authorize_url_names_app_redirect_and_state():
    url = urlsplit(oauth.authorize_url(APP, "st&te"))
    assert f"{url.scheme}://{url.netloc}{url.path}" == "https://start.exactonline.nl/api/oauth2/auth"
    assert parse_qs(url.query) == {
        "client_id": ["{my-app}"],
        "redirect_uri": ["https://me/callback"],
        "response_type": ["code"],
        "force_login": ["1"],
        "state": ["st&te"],
    }


def test_parse_redirect_decodes_the_code_exactly_once():
    assert oauth.parse_redirect("https://me/callback?code=a%21b%2525c&state=x\n") == ("a!b%25c", "x", "")


def test_parse_redirect_tells_a_denied_consent_from_a_cut_address():
    denied = oauth.parse_redirect("https://me/callback?error=access_denied<script>&state=x")
    assert denied == ("", "x", "access_deniedscript"), "Exact's word, without what could be markup"
    with pytest.raises(ConfigError, match="copy it whole"):
        oauth.parse_redirect("https://me/callback")


def test_refresh_sends_the_single_use_token_and_returns_the_new_pair():
    exact = FakeExact([Answer(200, PAIR)])
    token = oauth.refresh(APP, TOKEN, exact.session())
    assert (token.access_token, token.refresh_token) == ("access-2", "refresh-2")
    assert exact.forms == [
        {
            "grant_type": ["refresh_token"],
            "refresh_token": ["refresh-1"],
            "client_id": ["{my-app}"],
            "client_secret": ["s3cret"],
        }
    ]


def test_exchange_sends_code_and_redirect_address():
    exact = FakeExact([Answer(200, PAIR)])
    oauth.exchange_code(APP, "a!b", exact.session())
    assert exact.forms[0]["code"] == ["a!b"]
    assert exact.forms[0]["redirect_uri"] == ["https://me/callback"]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        pytest.param(
            Answer(401, b'{"error":"unauthorized_client","error_description":"Old refresh token used."}'),
            ReauthorizationRequired,
            id="used, 401",
        ),
        pytest.param(
            Answer(400, b'{"error":"x","error_description":"Old refresh token used."}'),
            ReauthorizationRequired,
            id="used, 400",
        ),
        pytest.param(
            Answer(400, b'{"error":"invalid_request","error_description":"The refresh token expired at 1/1/2026"}'),
            ReauthorizationRequired,
            id="older than 30 days",
        ),
        pytest.param(
            Answer(
                400, b'{"error":"access_denied","error_description":"Rate limit exceeded: access_token not expired"}'
            ),
            TooEarlyToRefresh,
            id="too early, 400",
        ),
        pytest.param(
            Answer(401, b"", {"Reason": "TooEarlyToRefreshTokens: wait"}), TooEarlyToRefresh, id="too early, header"
        ),
        pytest.param(Answer(400, b'{"error":"invalid_request"}'), RequestRejected, id="bad code"),
        pytest.param(Answer(503, b""), TransientApiError, id="down"),
        pytest.param(Answer(429, b""), TransientApiError, id="token calls spent"),
        pytest.param(Answer(200, b""), RefreshOutcomeUnknown, id="empty 200"),
        pytest.param(Answer(200, b'{"access_token":"a"}'), RefreshOutcomeUnknown, id="half a pair"),
        pytest.param(requests.ReadTimeout(), RefreshOutcomeUnknown, id="answer lost"),
        pytest.param(requests.ConnectTimeout(), TransientApiError, id="never sent"),
    ],
)  # fmt: skip
def test_refusals_are_told_by_words_before_status(answer, error):
    exact = FakeExact([answer])
    with pytest.raises(error) as caught:
        oauth.refresh(APP, TOKEN, exact.session())
    assert type(caught.value) is error
    assert len(exact.calls) == 1
    assert not any(secret in str(caught.value) for secret in ("s3cret", "refresh-1", "access-1"))


def test_neither_token_nor_app_shows_a_secret():
    shown = f"{TOKEN!r} {TOKEN} {APP!r} {APP}"
    assert not any(secret in shown for secret in ("access-1", "refresh-1", "s3cret"))


def test_age_counts_from_the_issue():
    assert TOKEN.age_seconds(TOKEN.issued_at + timedelta(seconds=570)) == 570
