"""Failures on order: which call goes wrong, and how. Asked for through the control API, used by tests."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sandbox.messages import HTML, Request, Response

KINDS = ("status", "truncate", "splice", "replace", "html", "reset", "lost", "slow", "drip", "empty")
#: What Exact puts in the middle of an answer whose query failed while it was being streamed.
_BROKE_OFF = b'{"error":{"code":"","message":{"lang":"","value":"An error has occurred."}}}'


class Dropped(Exception):
    """The connection is to be cut without an answer."""


@dataclass
class Fault:
    """One failure on order.

    `path_contains` is looked for in path and query as sent; the first `nth - 1` such calls go well, the `times` after
    them fail.

    status    answer `status` with `body` and `headers`, without looking at the request
    truncate  the real answer cut in half, as a complete HTTP message
    splice    the real answer cut in half, then an error object
    replace   the real answer with the first match of the expression `find` replaced by `put`
    html      an HTML page with `status` (200 unless given)
    reset     cut the connection; the request was not handled
    lost      handle the request, then cut the connection: what it changed stays
    slow      wait `seconds`, then the real answer
    drip      the real answer in small pieces over `seconds`
    empty     an empty collection with status 200, as for a missing right
    """

    path_contains: str = ""
    nth: int = 1
    times: int = 1
    kind: str = "status"
    status: int = 0
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 2.0
    find: str = ""
    put: str = ""
    seen: int = 0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(KINDS)}")
        if self.kind == "status" and not 100 < self.status < 1000:
            raise ValueError("a fault of kind status needs a status")
        try:
            re.compile(self.find)
        except re.error as exc:
            raise ValueError(f"find is no expression: {exc}") from None
        if self.nth < 1 or self.times < 1:
            raise ValueError("nth and times count from 1")

    @property
    def is_spent(self) -> bool:
        """Whether it has failed as often as it should."""
        return self.seen >= self.nth - 1 + self.times

    def spoil(self, response: Response) -> Response:
        """Return the real answer with what this fault does to it."""
        half = response.body[: len(response.body) // 2]
        if self.kind == "truncate":
            response.body = half
        elif self.kind == "splice":
            response.body = half + _BROKE_OFF
        elif self.kind == "replace":
            response.body = re.sub(self.find.encode(), lambda _: self.put.encode(), response.body, count=1)
        elif self.kind == "drip":
            response.drip_seconds = self.seconds
        return response


class Faults:
    """The failures on order."""

    def __init__(self, sleep: Callable[[float], None] = time.sleep) -> None:
        self._faults: list[Fault] = []
        self._sleep = sleep
        self._lock = threading.Lock()

    def add(self, wanted: list[dict[str, Any]]) -> None:
        """Order failures; all of them or, when one is wrong (TypeError, ValueError), none."""
        faults = [Fault(**entry) for entry in wanted]
        with self._lock:
            self._faults += faults

    def clear(self) -> None:
        """Cancel all."""
        with self._lock:
            self._faults.clear()

    def pending(self) -> list[dict[str, Any]]:
        """Return what is still to come."""
        return [vars(fault).copy() for fault in self._faults if not fault.is_spent]

    def around(self, request: Request, answer: Callable[[Request], Response]) -> Response:
        """Answer a request, or fail as ordered. Raises Dropped."""
        fault = self._due(request)
        if fault is None:
            return answer(request)
        if fault.kind == "reset":
            raise Dropped
        if fault.kind == "status":
            return Response(fault.status, fault.body.encode(), headers=list(fault.headers.items()))
        if fault.kind == "html":
            page = fault.body or "<html><body><h1>We will be back soon</h1></body></html>"
            return Response(fault.status or 200, page.encode(), HTML, list(fault.headers.items()))
        if fault.kind == "empty":
            return Response(200, b'{"d":{"results":[]}}', headers=list(fault.headers.items()))
        if fault.kind == "slow":
            self._sleep(fault.seconds)
        response = answer(request)
        if fault.kind == "lost":
            raise Dropped
        return fault.spoil(response)

    def _due(self, request: Request) -> Fault | None:
        """Count the call for every fault it concerns and return the first that is due."""
        text = f"{request.path}?{request.query}"
        due = None
        with self._lock:
            for fault in self._faults:
                if fault.path_contains in text and not fault.is_spent:
                    fault.seen += 1
                    if due is None and fault.seen >= fault.nth:
                        due = fault
        return due
