"""The wire's shape, from cassettes: what we send, and that each kind of answer is understood. Nothing else is asked.

`make record` writes the cassettes anew. They come from the sandbox; nobody has published Exact's own.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from exact_online.oauth import Token
from tests.cassettes.__main__ import FOLDER, LINES
from tests.cassettes.scenarios import DIVISION, SCENARIOS, Scenario, Wire
from tests.cassettes.scrub import GONE, PERSONAL_FIELDS, SITE, read, recorder, texts

IDS = [each.name for each in SCENARIOS]
BY_NAME = {each.name: each for each in SCENARIOS}


def recorded(name: str) -> list[dict[str, Any]]:
    return read(FOLDER / f"{name}.yaml")


def played(scenario: Scenario) -> tuple[Any, Exception | None]:
    """Return what the plugin makes of a cassette, or what it raises; every recorded call must have been made."""
    with recorder("none").use_cassette(str(FOLDER / f"{scenario.name}.yaml")) as cassette:
        try:
            result, error = scenario.act(Wire(SITE)), None
        except Exception as exc:
            result, error = None, exc
        assert cassette.play_count == len(recorded(scenario.name))
    return result, error


@pytest.mark.parametrize("scenario", SCENARIOS, ids=IDS)
def test_the_plugin_understands_what_was_recorded(scenario: Scenario):
    _, error = played(scenario)
    assert type(error) is (scenario.error or type(None)), error
    assert scenario.words in str(error)


@pytest.mark.parametrize("name", ["token_exchange", "token_refresh"])
def test_a_token_call_is_a_form_and_its_answer_a_pair(name):
    token, _ = played(BY_NAME[name])
    assert isinstance(token, Token)
    assert (token.access_token, token.refresh_token) == (GONE, GONE)
    (call,) = recorded(name)
    fields = {
        "token_exchange": {"grant_type", "client_id", "client_secret", "code", "redirect_uri"},
        "token_refresh": {"grant_type", "client_id", "client_secret", "refresh_token"},
    }[name]
    assert (call["request"]["method"], urlsplit(call["request"]["uri"]).path) == ("POST", "/api/oauth2/token")
    assert set(parse_qs(call["request"]["body"])) == fields
    assert '"expires_in": "600"' in call["response"]["body"]["string"], "a text, not a number"


def test_a_pair_of_sync_pages_is_read_to_its_last_row():
    pages, _ = played(BY_NAME["sync_page_pair"])
    assert [len(page.rows) for page in pages] == [1000, LINES - 1000]
    first, second = (each["request"]["uri"] for each in recorded("sync_page_pair"))
    assert f"/api/v1/{DIVISION}/sync/Financial/TransactionLines?$filter=Timestamp%20gt%200L&$select=ID,Time" in first
    assert second == pages[0].next_link
    assert "$skiptoken=" in second


def test_who_is_logged_in_and_what_he_may_see_come_as_collections():
    user, _ = played(BY_NAME["current_me"])
    assert user["CurrentDivision"] == DIVISION
    found, _ = played(BY_NAME["administrations"])
    assert [row["Code"] for row in found] == [DIVISION, DIVISION + 1]


def test_a_refusal_carries_no_more_headers_than_exact_sends():
    (first, second) = recorded("refused_minute_spent")
    for call in (first, second):
        assert {name for name in call["response"]["headers"] if name.startswith("x-ratelimit")} == {
            "x-ratelimit-minutely-limit",
            "x-ratelimit-minutely-remaining",
            "x-ratelimit-minutely-reset",
        }
        assert call["response"]["body"]["string"] == ""


@pytest.mark.parametrize("name", IDS)
def test_a_cassette_is_small_and_holds_no_secret_and_no_person(name):
    path = FOLDER / f"{name}.yaml"
    assert path.stat().st_size < 100_000
    text = texts(recorded(name))
    for secret in ("stampNL", "sandbox-secret", "demo@example", "Set-Cookie", "127.0.0.1", "@"):
        assert secret.lower() not in text.lower(), secret
    assert not re.search(r"\b[A-Z]{2}\d{2}[A-Z]{4}\d{10}\b", text), "an IBAN"
    for bearer in re.findall(r"Bearer (\w+)", text):
        assert bearer == GONE
    for field, value in re.findall(r'"(\w+)":\s*"((?:[^"\\]|\\.)*)"', text):
        if field in PERSONAL_FIELDS | {"access_token", "refresh_token"}:
            assert value == GONE, field
    for each in recorded(name):
        form = parse_qs(each["request"]["body"] or "")
        for field in {"client_id", "client_secret", "code", "refresh_token"} & set(form):
            assert form[field] == [GONE]


def test_every_cassette_is_played():
    assert {path.stem for path in FOLDER.glob("*.yaml")} == set(IDS)
