"""The sandbox as a whole: one request in, one answer out. Knows no sockets."""

from __future__ import annotations

import json
import threading
from datetime import date, datetime
from typing import Any
from xml.sax.saxutils import escape

from sandbox import data, oauth, pages
from sandbox.calls import CallLog
from sandbox.clock import Clock
from sandbox.control import PREFIX as CONTROL_PREFIX
from sandbox.control import Control
from sandbox.faults import Faults
from sandbox.limits import CallLimits, ErrorLimit, LimitHit, TokenLimit
from sandbox.messages import Refused, Request, Response
from sandbox.scale import Scale
from sandbox.settings import Settings
from sandbox.state import Store
from sandbox.tokens import Tokens
from sandbox.world import World


class Sandbox:
    """A local Exact Online.

    :param administrations: freshly built books, see `World`.
    :param today: the books' own day.
    """

    def __init__(
        self,
        settings: Settings,
        store: Store,
        administrations: list[Any],
        today: date,
        clock: Clock | None = None,
        seed: int = 1,
    ) -> None:
        self._store = store
        self._living = threading.Lock()
        self._events = store.section("events")
        self.clock = clock or Clock()
        self.clock.move(self._events.get("clock_offset_seconds", 0))
        self.world = World(administrations, today, store, seed)
        self.tokens = Tokens(store, self.clock)
        self.calls = CallLog()
        self.faults = Faults()
        self._errors = ErrorLimit(self.clock, settings.has_limits)
        self.scale = Scale()
        limits = CallLimits(self.clock, settings.has_limits, self.scale)
        token_limit = TokenLimit(self.clock, settings.has_limits)
        self._data = data.DataService(self.world, self.tokens, limits, self._errors, self.clock, self.scale)
        self._oauth = oauth.OAuthService(settings, self.world, self.tokens, token_limit, self._errors, self.clock)
        self._control = Control(self)

    def handle(self, request: Request) -> Response:
        """Answer a request. Raises Dropped where a fault on order cuts the connection."""
        if request.path.startswith(CONTROL_PREFIX):
            return self._control.answer(request)
        return self.faults.around(request, self._route)

    def advance(self, steps: int) -> int:
        """Let the books live on; one at a time, so that a restart can play it again."""
        with self._living:
            return self.world.advance(steps)

    def move_clock(self, seconds: float) -> datetime:
        """Move the clock forward, also for whoever starts this sandbox again."""
        with self._store.lock:
            self.clock.move(seconds)
            self._events["clock_offset_seconds"] = self.clock.offset_seconds
            self._store.save()
            return self.clock.utc()

    def _route(self, request: Request) -> Response:
        if request.path == oauth.TOKEN:
            self.calls.token()
        if request.path.startswith("/api/oauth2/"):
            return self._oauth.answer(request)
        if request.path.startswith(data.PREFIX):
            return self._answer_data(request)
        if request.path == "/" and request.method == "GET":
            return pages.front()
        return Response(404, b"Not found", "text/plain")

    def _answer_data(self, request: Request) -> Response:
        try:
            response = self._data.answer(request)
        except LimitHit as hit:
            response = Response(429, b"", headers=hit.headers)
        except Refused as refused:
            response = error_response(request, refused)
        try:
            target = data.read_target(request.path)
            self.calls.data(target.division, target.path, response.status)
        except Refused:
            self.calls.data(None, "unknown", response.status)
        return response


def error_response(request: Request, refused: Refused) -> Response:
    """Write a refusal the way Exact does, in JSON or XML."""
    if request.wants_json:
        error = {"error": {"code": "", "message": {"lang": "", "value": refused.message}}}
        return Response(refused.status, json.dumps(error, ensure_ascii=False).encode(), headers=refused.headers)
    text = (
        '<?xml version="1.0" encoding="utf-8"?><error xmlns="http://schemas.microsoft.com/ado/2007/08/dataservices/'
        f'metadata"><code/><message xml:lang="">{escape(refused.message)}</message></error>'
    )
    return Response(refused.status, text.encode(), "application/xml; charset=utf-8", refused.headers)
