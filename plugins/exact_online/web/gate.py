"""Who may come in, and who may do what: Airflow's login for every path, a permission per route, CSRF on every change.

Fails closed: the login is asked before any routing, static files and unknown paths included, and the app refuses to
start with a route that names no permission.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any, TypeVar
from urllib.parse import urlsplit

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.models.resource_details import ConnectionDetails, DagAccessEntity, DagDetails
from airflow.api_fastapi.core_api.security import bearer_scheme, get_user
from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.routing import APIRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from exact_online.errors import ConfigError
from exact_online.web.airflow_inside import signer

if TYPE_CHECKING:
    from airflow.api_fastapi.auth.managers.base_auth_manager import ResourceMethod

CSRF_FIELD, CSRF_HEADER = "csrf", "X-CSRF-Token"
_CSRF_LIFETIME = timedelta(hours=12)
_SAFE = ("GET", "HEAD", "OPTIONS")
T = TypeVar("T")


class Permission(Enum):
    """What a route needs, in Airflow's own terms."""

    LOOK = "look"  # read DAGs
    CHANGE = "change"  # edit connections
    TRIGGER = "trigger"  # start DAG runs
    OPERATE = "operate"  # edit connections and DAGs: pause


class Forbidden(Exception):
    """The person is known and may not do this."""


class LoginMiddleware:
    """Lets nobody past without Airflow's login; tells a browser where to log in."""

    def __init__(self, app: ASGIApp, refuse: Callable[[Request], Any]) -> None:
        self._app = app
        self._refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        try:
            user = await get_user(request, None, await bearer_scheme(request))
        except HTTPException:
            await self._refuse(request)(scope, receive, send)
            return
        scope.setdefault("state", {})["exact_online_user"] = user
        await self._app(scope, receive, send)


class Person:
    """The signed-in user: a name, an id, and what they may do."""

    def __init__(self, user: Any) -> None:
        self._user = user

    @property
    def name(self) -> str:
        """What receipts and comments call them."""
        return str(self._user.get_name())

    @property
    def id(self) -> str:
        """What a login and a CSRF token are bound to."""
        return f"{type(self._user).__name__}:{self._user.get_id()}"

    def may(self, permission: Permission, dag_id: str | None = None) -> bool:
        """Return whether they may do something, for one administration's DAG or in general."""
        return all(ask(self._user, dag_id) for ask in _QUESTIONS[permission])

    def visible(self, found: Iterable[T]) -> list[T]:
        """Keep the administrations whose DAG they may read."""
        found = list(found)
        allowed = get_auth_manager().filter_authorized_dag_ids(
            dag_ids={each.dag_id for each in found},  # type: ignore[attr-defined]
            user=self._user,
        )
        return [each for each in found if each.dag_id in allowed]  # type: ignore[attr-defined]

    def require(self, permission: Permission, dag_id: str | None = None) -> None:
        """Raise Forbidden where they may not."""
        if not self.may(permission, dag_id):
            raise Forbidden(permission.value)


def _reads_dags(user: Any, dag_id: str | None) -> bool:
    return get_auth_manager().is_authorized_dag(method="GET", details=DagDetails(id=dag_id), user=user)


def _edits_dags(user: Any, dag_id: str | None) -> bool:
    return get_auth_manager().is_authorized_dag(method="PUT", details=DagDetails(id=dag_id), user=user)


def _starts_runs(user: Any, dag_id: str | None) -> bool:
    return get_auth_manager().is_authorized_dag(
        method="POST", access_entity=DagAccessEntity.RUN, details=DagDetails(id=dag_id), user=user
    )


def _edits_connections(user: Any, dag_id: str | None) -> bool:
    manager, details = get_auth_manager(), ConnectionDetails(conn_id="exact_online")
    methods: tuple[ResourceMethod, ...] = ("POST", "PUT", "DELETE")
    return all(manager.is_authorized_connection(method=method, details=details, user=user) for method in methods)


_QUESTIONS: dict[Permission, list[Callable[[Any, str | None], bool]]] = {
    Permission.LOOK: [_reads_dags],
    Permission.CHANGE: [_reads_dags, _edits_connections],
    Permission.TRIGGER: [_reads_dags, _starts_runs],
    Permission.OPERATE: [_reads_dags, _edits_connections, _edits_dags],
}


def person_of(request: Request) -> Person:
    """Return who is signed in."""
    return Person(request.state.exact_online_user)


class Needs:
    """The dependency every route has: its permission, and on a change the CSRF token of this person."""

    def __init__(self, permission: Permission) -> None:
        self.permission = permission

    async def __call__(self, request: Request) -> Person:
        person = person_of(request)
        person.require(self.permission)
        if request.method not in _SAFE:
            await _require_csrf(request, person)
        return person


Looker = Annotated[Person, Depends(Needs(Permission.LOOK))]
Changer = Annotated[Person, Depends(Needs(Permission.CHANGE))]
Trigger = Annotated[Person, Depends(Needs(Permission.TRIGGER))]
Operator = Annotated[Person, Depends(Needs(Permission.OPERATE))]


def csrf_token(person: Person) -> str:
    """Return a token that proves a change was asked for by a page we made for this person."""
    return signer().sign("csrf", f"{secrets.token_urlsafe(9)} {person.id}", datetime.now(UTC))


async def _require_csrf(request: Request, person: Person) -> None:
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site not in (None, "same-origin") or (origin and urlsplit(origin).netloc != request.headers.get("host")):
        raise Forbidden("another site asked for it")
    given = request.headers.get(CSRF_HEADER) or str((await request.form()).get(CSRF_FIELD, ""))
    try:
        text = signer().read("csrf", given, datetime.now(UTC), _CSRF_LIFETIME)
    except ConfigError:
        raise Forbidden("the page it was asked from is too old or not ours; load it again") from None
    if text.partition(" ")[2] != person.id:
        raise Forbidden("the page it was asked from belongs to another login; load it again")


def require_permissions(app: FastAPI) -> None:
    """Raise RuntimeError where a route names no permission: such an app must not start."""
    open_routes = [
        str(getattr(route, "path", route))
        for route in app.routes
        if not isinstance(route, APIRoute) or permission_of(route) is None
    ]
    if open_routes:
        raise RuntimeError(f"routes without a permission: {', '.join(open_routes)}")


def permission_of(route: APIRoute) -> Permission | None:
    """Return what a route needs."""
    found = [each.call.permission for each in route.dependant.dependencies if isinstance(each.call, Needs)]
    return found[0] if found else None
