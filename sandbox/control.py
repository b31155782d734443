"""/_sandbox/...: what tests and the demo ask of the sandbox itself. Not part of Exact; answers this computer only."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sandbox.messages import Request, Response
from sandbox.schema import entities

if TYPE_CHECKING:
    from sandbox.app import Sandbox

PREFIX = "/_sandbox/"
_MOST_STEPS = 10_000


class Control:
    """Answers the control API of one sandbox. A wrong request is a 400 that says what is wrong."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._routes: dict[tuple[str, str], Callable[[Any], Any]] = {
            ("GET", "health"): self._health,
            ("GET", "truth"): self._truth,
            ("GET", "calls"): lambda _: sandbox.calls.report(),
            ("DELETE", "calls"): lambda _: sandbox.calls.clear(),
            ("POST", "advance"): self._advance,
            ("POST", "clock"): self._clock,
            ("GET", "faults"): lambda _: sandbox.faults.pending(),
            ("POST", "faults"): self._add_faults,
            ("DELETE", "faults"): lambda _: sandbox.faults.clear(),
            ("POST", "scale"): sandbox.scale.change,
            ("POST", "tokens"): lambda content: sandbox.tokens.age(float(content["older_seconds"])),
            ("POST", "revoke"): self._revoke,
            ("POST", "divisions"): self._change_division,
            ("POST", "incidents"): self._incident,
        }

    def answer(self, request: Request) -> Response:
        """Answer one request."""
        if not ipaddress.ip_address(request.peer.partition("%")[0]).is_loopback:
            return _json(403, {"error": "the control API answers this computer only"})
        route = self._routes.get((request.method, request.path.removeprefix(PREFIX)))
        if route is None:
            return _json(404, {"error": "unknown", "known": [f"{m} {PREFIX}{p}" for m, p in self._routes]})
        try:
            return _json(200, route(_content(request)))
        except (ValueError, TypeError, KeyError, AttributeError) as exc:
            return _json(400, {"error": f"{type(exc).__name__}: {exc}"})

    def _health(self, _: Any) -> dict[str, Any]:
        world = self._sandbox.world
        return {
            "status": "ok",
            "today": world.today.isoformat(),
            "steps": world.steps,
            "administrations": sorted(world.tables),
            "now": self._sandbox.clock.utc().isoformat(timespec="milliseconds"),
        }

    def _truth(self, _: Any) -> dict[str, Any]:
        """Return the books' own figures per administration, and the rows each endpoint would send in all."""
        world = self._sandbox.world
        answer: dict[str, Any] = {"today": world.today.isoformat(), "steps": world.steps, "administrations": {}}
        for code, tables in sorted(world.tables.items()):
            with tables.lock:
                figures = tables.administration.truth(world.today)
                rows = {path: len(tables.rows(path)) for path in sorted(entities()) if tables.has(path)}
            answer["administrations"][str(code)] = {**figures, "rows_by_endpoint": rows}
        return answer

    def _advance(self, content: Any) -> dict[str, Any]:
        steps = content.get("steps", 1)
        if isinstance(steps, bool) or not isinstance(steps, int) or not 0 < steps <= _MOST_STEPS:
            raise ValueError(f"steps must be a whole number from 1 to {_MOST_STEPS}")
        return {"steps": self._sandbox.advance(steps)}

    def _clock(self, content: Any) -> dict[str, Any]:
        seconds = float(content["seconds"])
        if not 0 <= seconds < 1e9:
            raise ValueError("seconds must be positive: time does not run back")
        return {"now": self._sandbox.move_clock(seconds).isoformat(timespec="milliseconds")}

    def _add_faults(self, content: Any) -> list[dict[str, Any]]:
        self._sandbox.faults.add(content if isinstance(content, list) else [content])
        return self._sandbox.faults.pending()

    def _revoke(self, content: Any) -> dict[str, Any]:
        """Revoke the app; with `division` only take the user's right on it away, with `restore` give it back.

        With `gone` the administration itself is deleted.
        """
        if content.get("gone"):
            self._sandbox.world.set_gone(int(content["division"]))
        elif "division" in content:
            self._sandbox.world.set_access(int(content["division"]), bool(content.get("restore", False)))
        else:
            self._sandbox.tokens.revoke()
        return {"status": "ok"}

    def _change_division(self, content: Any) -> dict[str, Any]:
        """Change fields of an administration, such as Status, BlockingStatus or DivisionMoveDate."""
        self._sandbox.world.change_division(int(content["code"]), dict(content["values"]))
        return {"status": "ok"}

    def _incident(self, content: Any) -> dict[str, Any]:
        """Let something happen to an administration's rows that nobody announces."""
        self._sandbox.world.suffer(int(content["code"]), str(content["incident"]))
        return {"status": "ok"}


def _content(request: Request) -> Any:
    if request.method != "POST":
        return {}
    # A page in somebody's browser cannot send this type elsewhere without being asked.
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise ValueError("send JSON with Content-Type: application/json")
    return json.loads(request.body or b"{}")


def _json(status: int, content: Any) -> Response:
    return Response(status, json.dumps({} if content is None else content, ensure_ascii=False).encode())
