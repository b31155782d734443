"""GET /api/v1/...: who asks, may they, what is asked, and the page that answers. Exact's own order of refusals."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from sandbox import directory
from sandbox.clock import Clock
from sandbox.encode import RowWriter, double, key_text
from sandbox.limits import CallLimits, ErrorLimit, Headers
from sandbox.messages import Refused, Request, Response
from sandbox.odata_literals import literals
from sandbox.odata_query import Query, parse_query
from sandbox.ordering import Row, Sorted, sort_rows
from sandbox.paging import collection, entity_answer, take_page
from sandbox.scale import Scale
from sandbox.schema import Entity, entities
from sandbox.tables import Tables
from sandbox.tokens import Caller, Tokens
from sandbox.world import World

PREFIX = "/api/v1/"
USER_HAS_RIGHTS = "users/UserHasRights"
_COUNTED_ERRORS = {400, 401, 403, 404}
_TARGET = re.compile(r"(?P<beta>beta/)?(?P<division>\d{1,9})/(?P<rest>[^()]+)(?:\((?P<key>.*)\))?", re.DOTALL)


@dataclass(frozen=True)
class Target:
    """What a path names: the administration (None for current/Me), the endpoint, and a key if one row is meant."""

    path: str
    division: int | None
    key: str | None


def read_target(path: str) -> Target:
    """Take a path apart; paths are case-sensitive. Raises Refused 404."""
    rest = path.removeprefix(PREFIX)
    if rest == directory.ME:
        return Target(rest, None, None)
    match = _TARGET.fullmatch(rest)
    if not match:
        raise Refused(404, "Resource not found for the segment.")
    name = (match["beta"] or "") + match["rest"]
    return Target(name, int(match["division"]), match["key"])


class DataService:
    """Answers data calls."""

    def __init__(
        self, world: World, tokens: Tokens, limits: CallLimits, errors: ErrorLimit, clock: Clock, scale: Scale
    ) -> None:
        self._world = world
        self._tokens = tokens
        self._limits = limits
        self._errors = errors
        self._clock = clock
        self._scale = scale
        self._session = secrets.token_hex(12)

    def answer(self, request: Request) -> Response:
        """Answer one call. Raises Refused and LimitHit."""
        target = read_target(request.path)
        if request.method != "GET":
            raise Refused(405, "Method Not Allowed", [("Allow", "GET")])
        caller = self._caller(request)
        division = target.division or directory.current_division(self._world, caller)
        headers: Headers = []
        try:
            if caller.is_expired:
                raise Refused(401, "Unauthorized")
            if self._errors.is_blocked(caller.client_id):
                raise Refused(403, "Forbidden - The application is blocked: too many errors within an hour")
            headers += self._limits.take(caller.client_id, division)
            response = self._answer(request, target, caller, division)
        except Refused as refused:
            refused.headers += headers
            if refused.status in _COUNTED_ERRORS and not self._errors.is_blocked(caller.client_id):
                self._errors.count(caller.client_id, caller.user_name, division, target.path)
            raise
        response.headers += [*headers, *self._cookies(division)]
        return response

    def _caller(self, request: Request) -> Caller:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        caller = self._tokens.caller(token.strip()) if scheme.lower() == "bearer" else None
        if caller is None:
            raise Refused(401, "Unauthorized")
        return caller

    def _cookies(self, division: int) -> Headers:
        """Exact sends these; a client that keeps them mixes administrations up."""
        return [
            ("Set-Cookie", f"ASP.NET_SessionId={self._session}; path=/; HttpOnly; SameSite=Lax"),
            ("Set-Cookie", f"ExactServer{{{directory.user_id('server')}}}=Division={division}; path=/; HttpOnly"),
        ]

    def _answer(self, request: Request, target: Target, caller: Caller, division: int) -> Response:
        if target.division is None:
            rows = [directory.me(self._world, caller, self._clock)]
            return _page_of(request, entities()[directory.ME], None, lambda query: _sorted(directory.ME, rows, query))
        self._check_access(target, caller)
        if target.path == USER_HAS_RIGHTS and target.key is None:
            return self._user_has_rights(request, division)
        tables = self._world.tables[division]
        entity = entities().get(target.path)
        if entity is None or not (target.path in directory.PATHS or tables.has(target.path)):
            raise _not_found(target.path)
        entity = self._scale.fit(entity)
        _check_licence(tables, target.path)
        with tables.lock:
            own = self._directory_rows(request, target.path, caller, tables)
            if own is not None:
                return _page_of(request, entity, target.key, lambda query: _sorted(entity.path, own, query))
            return _page_of(request, entity, target.key, lambda query: tables.result(entity, query))

    def _check_access(self, target: Target, caller: Caller) -> None:
        no_access = [("Reason", "NoDivisionAccess")]
        if target.division not in caller.divisions:
            raise Refused(403, "Forbidden - User division is not within division scope", no_access)
        if not self._world.may_access(target.division):
            raise Refused(403, "Forbidden", no_access)

    def _user_has_rights(self, request: Request, division: int) -> Response:
        parameters = dict(request.parameters())
        endpoint, action = directory.quoted(parameters, "endpoint"), directory.quoted(parameters, "action")
        has_right = directory.has_right(self._world.tables[division], endpoint, action)
        return Response(200, json.dumps({"d": {"UserHasRights": has_right}}, separators=(",", ":")).encode())

    def _directory_rows(self, request: Request, path: str, caller: Caller, tables: Tables) -> list[Row] | None:
        """Return the rows of the few endpoints that are not books; None for all others."""
        if path == directory.SYNC_TIMESTAMP:
            return [directory.sync_timestamp(tables, dict(request.parameters()))]
        if path in directory.PATHS:
            return directory.divisions(self._world, caller, path)
        return None


def _check_licence(tables: Tables, path: str) -> None:
    for prefix, status in tables.administration.unavailable.items():
        if path.startswith(prefix):
            raise Refused(status, "Forbidden") if status == 403 else _not_found(path)


def _not_found(path: str) -> Refused:
    return Refused(404, f"Resource not found for the segment '{path.rsplit('/', 1)[-1]}'.")


def _page_of(request: Request, entity: Entity, key: str | None, result_of: Callable[[Query], Sorted]) -> Response:
    """Answer with a page of a result, or with the one row a key in the path names."""
    query = parse_query(entity, request.parameters(), single=key is not None)
    address = request.base_url + request.path.partition("(")[0]
    writer = RowWriter(entity, query.select, address)
    result = result_of(query)
    if key is not None:
        return entity_answer(entity, _find(entity, result.rows, key), writer, request.wants_json)
    return collection(entity, query, take_page(entity, query, result, address), writer, request.wants_json)


def _sorted(path: str, rows: list[Row], query: Query) -> Sorted:
    matching = [row for row in rows if query.filter is None or query.filter.matches(row)]
    return sort_rows(entities()[path], matching, query.order_by, query.descending)


def _find(entity: Entity, rows: list[Row], key: str) -> Row:
    """Return the row a key in the path names: `guid'...'`, or `Journal='90',Period=1,Year=2026`."""
    wanted = _key_of(entity, key)
    for row in rows:
        if key_text(entity, row) == wanted:
            return row
    raise _not_found(entity.path)


def _key_of(entity: Entity, key: str) -> str:
    """Read a key and write it again the way rows' addresses have it."""
    names = [part.partition("=")[0].strip() for part in key.split(",")] if "=" in key else list(entity.key)
    values = literals(re.sub(r"(^|,)\s*\w+\s*=", r"\1", key))
    if sorted(names) != sorted(entity.key) or len(values) != len(names):
        raise Refused(400, "Bad Request - Error in query syntax.")
    return key_text(entity, {name: _plain(value) for name, value in zip(names, values, strict=True)})


def _plain(value: object) -> object:
    return double(value) if isinstance(value, Decimal) else value
