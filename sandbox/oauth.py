"""Login, consent and the token endpoint. Pages are made in `pages`, tokens in `tokens`; codes live here, in memory."""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from hmac import compare_digest
from urllib.parse import quote

from sandbox import pages
from sandbox.clock import Clock
from sandbox.limits import ErrorLimit, LimitHit, TokenLimit
from sandbox.messages import FORM, HTML, Request, Response
from sandbox.settings import Settings
from sandbox.tokens import TokenRefused, Tokens
from sandbox.world import World

AUTHORIZE, LOGIN, CONSENT, TOKEN = (f"/api/oauth2/{name}" for name in ("auth", "login", "consent", "token"))
_CODE_SECONDS = 180
_SESSION_SECONDS = 900
_NO_STORE = [("Cache-Control", "no-store"), ("Pragma", "no-cache")]
_START_AGAIN = "This login took too long or was finished already. Go back to the app and start again."


@dataclass
class _Login:
    """One login under way, known to the browser by an unguessable name in the form."""

    client_id: str
    state: str
    started_at: float
    has_password: bool = False


@dataclass(frozen=True)
class _Code:
    """What an authorisation code stands for."""

    client_id: str
    divisions: list[int]
    issued_at: float


class OAuthService:
    """Answers everything below /api/oauth2."""

    def __init__(
        self, settings: Settings, world: World, tokens: Tokens, limit: TokenLimit, errors: ErrorLimit, clock: Clock
    ) -> None:
        self._settings = settings
        self._world = world
        self._tokens = tokens
        self._limit = limit
        self._errors = errors
        self._clock = clock
        self._logins: dict[str, _Login] = {}
        self._codes: dict[str, _Code] = {}
        self._lock = threading.Lock()
        self._routes: dict[tuple[str, str], Callable[[Request], Response]] = {
            ("GET", AUTHORIZE): self._authorize,
            ("POST", LOGIN): self._log_in,
            ("POST", CONSENT): self._consent,
            ("POST", TOKEN): self._token,
        }

    def answer(self, request: Request) -> Response:
        """Answer one request."""
        known = [method for method, path in self._routes if path == request.path]
        if not known:
            return Response(404, b"Not found", "text/plain")
        if request.method not in known:
            return Response(405, b"Method not allowed", "text/plain", [("Allow", known[0])])
        with self._lock:
            self._forget()
            return self._routes[request.method, request.path](request)

    def _forget(self) -> None:
        now = self._clock.now()
        for name in [name for name, login in self._logins.items() if now - login.started_at > _SESSION_SECONDS]:
            del self._logins[name]
        for text in [text for text, code in self._codes.items() if now - code.issued_at > _CODE_SECONDS]:
            del self._codes[text]

    def _authorize(self, request: Request) -> Response:
        """Never redirect to an address that is not the registered one."""
        asked = dict(request.parameters())
        if not self._settings.is_client(asked.get("client_id", "")):
            return pages.refusal("No app is registered with this client_id.")
        if asked.get("redirect_uri") != self._settings.redirect_uri:
            return pages.refusal("redirect_uri is not the one the app is registered with.")
        if asked.get("response_type") != "code":
            return pages.refusal("response_type must be code.")
        if asked.get("force_login", "0") not in ("0", "1"):
            return pages.refusal("force_login must be 0 or 1.")
        name = secrets.token_urlsafe(24)
        self._logins[name] = _Login(self._settings.client_id, asked.get("state", ""), self._clock.now())
        return pages.login(name)

    def _log_in(self, request: Request) -> Response:
        form = request.form()
        name = form.get("session", "")
        login = self._logins.get(name)
        if login is None:
            return pages.refusal(_START_AGAIN)
        right_user = _same(form.get("username", ""), self._settings.user_name)
        right_password = _same(form.get("password", ""), self._settings.password)
        if not (right_user and right_password):
            return pages.login(name, "The user name or the password is not right.")
        login.has_password = True
        return self._ask_consent(name, login)

    def _ask_consent(self, name: str, login: _Login, error: str = "") -> Response:
        own = [(code, self._world.division(code)["Description"]) for code in self._own_divisions()]
        return pages.consent(name, login.client_id, self._settings.redirect_uri, own, error)

    def _own_divisions(self) -> list[int]:
        return [code for code in sorted(self._world.tables) if self._world.may_access(code)]

    def _consent(self, request: Request) -> Response:
        pairs = request.form_pairs()
        form = dict(pairs)
        name = form.get("session", "")
        login = self._logins.get(name)
        if login is None or not login.has_password:
            return pages.refusal(_START_AGAIN)
        if form.get("decision") == "deny":
            del self._logins[name]
            return self._redirect(login, "error=access_denied")
        ticked = {value for key, value in pairs if key == "division"}
        divisions = [code for code in self._own_divisions() if str(code) in ticked]
        if form.get("decision") != "allow" or not divisions:
            return self._ask_consent(name, login, "Tick at least one administration, or deny access.")
        del self._logins[name]
        # As Exact's codes do, it holds characters that do not survive being decoded twice, or not at all.
        code = f"stampNL001.{secrets.token_urlsafe(48)}!IAAAA%41{secrets.token_urlsafe(24)}"
        self._codes[code] = _Code(login.client_id, divisions, self._clock.now())
        return self._redirect(login, f"code={quote(code, safe='')}")

    def _redirect(self, login: _Login, answer: str) -> Response:
        address = self._settings.redirect_uri
        join = "&" if "?" in address else "?"
        state = f"&state={quote(login.state, safe='')}" if login.state else ""
        return Response(302, b"", HTML, [("Location", f"{address}{join}{answer}{state}"), *_NO_STORE])

    def _token(self, request: Request) -> Response:
        try:
            pair = self._grant(request)
        except LimitHit as hit:
            return Response(429, b"", headers=hit.headers)
        except TokenRefused as refused:
            self._errors.count(self._settings.client_id, self._settings.user_name, 0, TOKEN)
            body = {"error": refused.error}
            if refused.description:
                body["error_description"] = refused.description
            reason = [("Reason", refused.reason)] if refused.reason else []
            return Response(refused.status, json.dumps(body).encode(), headers=[*reason, *_NO_STORE])
        return Response(200, json.dumps(pair).encode(), headers=list(_NO_STORE))

    def _grant(self, request: Request) -> dict[str, str]:
        if not request.headers.get("content-type", "").lower().startswith(FORM):
            raise TokenRefused(400, "invalid_request")
        form = request.form()
        if not self._settings.is_client(form.get("client_id", "")) or not _same(
            form.get("client_secret", ""), self._settings.client_secret
        ):
            # The words of the library behind Exact's token endpoint; no capture names the status.
            raise TokenRefused(400, "invalid_client", "The client secret was incorrect.")
        client_id = self._settings.client_id
        self._limit.take(client_id)
        if form.get("grant_type") == "refresh_token":
            return self._tokens.refresh(client_id, form.get("refresh_token", ""))
        if form.get("grant_type") != "authorization_code":
            raise TokenRefused(400, "unsupported_grant_type")
        code = self._codes.pop(form.get("code", ""), None)
        if code is None or form.get("redirect_uri") != self._settings.redirect_uri:
            raise TokenRefused(400, "invalid_request")
        return self._tokens.start(client_id, self._settings.user_name, code.divisions)


def _same(given: str, expected: str) -> bool:
    return compare_digest(given.encode("utf-8", "surrogateescape"), expected.encode())
