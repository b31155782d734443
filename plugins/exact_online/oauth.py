"""OAuth towards Exact Online: the authorise URL, the code exchange and the refresh.

Each call is one POST without automatic repetition: a refresh token is single use, so repeating a POST whose answer
was lost could spend it. What happens next is the vault's decision.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import parse_qs, urlencode, urlsplit

import msgspec
import requests

from exact_online.errors import (
    ConfigError,
    ReauthorizationRequired,
    RefreshOutcomeUnknown,
    RequestRejected,
    TooEarlyToRefresh,
    TransientApiError,
)

#: (connect, read) seconds of the token endpoint: short, because a row lock is held meanwhile.
TIMEOUT_SECONDS = (5, 15)
#: How long an answer may take in all, however slowly its bytes drip in, and how large it may be.
DEADLINE_SECONDS = 30
_LARGEST_ANSWER = 65_536
#: Exact refuses a refresh before this age and kills the access token at 600 seconds.
REFRESH_AFTER_SECONDS = 570
#: Words in `error_description` or `error` after which only a new login helps (protocol facts, section 2).
_GRANT_IS_LOST = ("old refresh token used", "refresh token expired", "unauthorized_client", "invalid_grant")

Clock = Callable[[], datetime]


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class App:
    """Our registration with Exact for one environment. `base_url` has no trailing slash."""

    base_url: str
    client_id: str
    client_secret: str = field(repr=False)
    redirect_uri: str = ""


class Redirect(NamedTuple):
    """What Exact put into the address it led to: a code, or the reason why there is none."""

    code: str
    state: str
    error: str = ""


class Token(msgspec.Struct, frozen=True):
    """A token pair with its time of issue (UTC). Neither repr nor str shows it."""

    access_token: str
    refresh_token: str
    issued_at: datetime

    def age_seconds(self, now: datetime) -> float:
        """Return seconds since Exact issued the pair."""
        return (now - self.issued_at).total_seconds()

    def __repr__(self) -> str:
        return f"Token(issued_at={self.issued_at:%Y-%m-%dT%H:%M:%SZ}, ***)"

    __str__ = __repr__


def authorize_url(app: App, state: str) -> str:
    """Return the address a person opens to log in to Exact and grant us access."""
    query = {
        "client_id": app.client_id,
        "redirect_uri": app.redirect_uri,
        "response_type": "code",
        "force_login": "1",
        "state": state,
    }
    return f"{app.base_url}/api/oauth2/auth?{urlencode(query)}"


def parse_redirect(url: str) -> Redirect:
    """Return what the address Exact redirected to holds; the code is decoded exactly once."""
    query = parse_qs(urlsplit(url.strip()).query, keep_blank_values=True)
    code, state, error = (query.get(name, [""])[0] for name in ("code", "state", "error"))
    if not state or not (code or error):
        raise ConfigError("the redirected address holds no code and state; copy it whole from the address bar")
    return Redirect(code, state, re.sub(r"[^a-z_ ]", "", error.lower())[:80])


def exchange_code(app: App, code: str, session: requests.Session, clock: Clock = _now) -> Token:
    """Trade the single-use code for the first token pair."""
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": app.redirect_uri}
    return _token_call(app, session, form, clock)


def refresh(app: App, token: Token, session: requests.Session, clock: Clock = _now) -> Token:
    """Trade the refresh token for a new pair; the old one is spent from then on.

    Raises TooEarlyToRefresh, ReauthorizationRequired, TransientApiError (nothing happened), RefreshOutcomeUnknown (the
    token may be spent).
    """
    return _token_call(app, session, {"grant_type": "refresh_token", "refresh_token": token.refresh_token}, clock)


def _token_call(app: App, session: requests.Session, form: dict[str, str], clock: Clock) -> Token:
    form = {**form, "client_id": app.client_id, "client_secret": app.client_secret}
    try:
        with session.post(
            f"{app.base_url}/api/oauth2/token", data=form, timeout=TIMEOUT_SECONDS, allow_redirects=False, stream=True
        ) as response:
            body = _body(response)
    except requests.ConnectTimeout:
        raise TransientApiError(f"{app.base_url}: the token endpoint cannot be reached") from None
    except requests.RequestException as exc:
        # The request may have arrived: the refresh token may be spent although we hold no answer.
        kind = type(exc).__name__
        raise RefreshOutcomeUnknown(f"{app.base_url}: the answer of the token endpoint was lost ({kind})") from None
    if response.status_code == 200:
        # Dated when the answer is here: Exact counts from a moment before, so 570 s of ours are 570 s of Exact's.
        return _token_of(app, body, clock())
    raise _refusal(app, response, body)


def _body(response: requests.Response) -> bytes:
    """Read an answer whole, within the deadline."""
    ends_at = time.monotonic() + DEADLINE_SECONDS
    body = b""
    for chunk in response.iter_content(4096):
        body += chunk
        if time.monotonic() > ends_at or len(body) > _LARGEST_ANSWER:
            raise requests.ReadTimeout("too slow or too large")
    return body


def _token_of(app: App, body: bytes, issued_at: datetime) -> Token:
    try:
        content = msgspec.json.decode(body, type=dict)
        return Token(content["access_token"], content["refresh_token"], issued_at)
    except (msgspec.DecodeError, msgspec.ValidationError, KeyError):
        raise RefreshOutcomeUnknown(f"{app.base_url}: the token endpoint answered 200 without a token pair") from None


def _refusal(app: App, response: requests.Response, body: bytes) -> Exception:
    """Classify by Exact's words first, by status second: sources disagree on the status."""
    try:
        content = msgspec.json.decode(body, type=dict)
    except (msgspec.DecodeError, msgspec.ValidationError):
        content = {}
    words = " ".join(str(content.get(name, "")) for name in ("error", "error_description"))
    words = f"{words} {response.headers.get('Reason', '')}".strip()[:200]
    where = f"{app.base_url} refused the token call with status {response.status_code}: {words or 'no reason given'}"
    if "not expired" in words.lower() or "tooearly" in words.lower():
        return TooEarlyToRefresh(where)
    if any(sign in words.lower() for sign in _GRANT_IS_LOST):
        return ReauthorizationRequired(f"{where}. Connect Exact Online again.")
    if response.status_code >= 500 or response.status_code == 429:
        return TransientApiError(where)
    return RequestRejected(where, response.status_code, words)
