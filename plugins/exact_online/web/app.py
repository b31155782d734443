"""The FastAPI app mounted at /exact-online: routes, login, headers, and errors told in words."""

from __future__ import annotations

import logging
from html import escape
from typing import Any

import psycopg
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from exact_online.errors import ExactOnlineError, ReauthorizationRequired
from exact_online.web import gate, notices
from exact_online.web.pages import (
    administration,
    callback,
    connect,
    dashboards,
    doctor,
    home,
    manage,
    mapping,
    removed,
    select,
    static,
)
from exact_online.web.rendering import go_to, render

log = logging.getLogger(__name__)

PREFIX = "/exact-online"
#: Scripts, styles and pictures come from here alone; only our own pages may frame us; a form leads only back here.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'self'; base-uri 'none'"
)
_HEADERS = {
    b"content-security-policy": CONTENT_SECURITY_POLICY.encode(),
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"SAMEORIGIN",
    b"referrer-policy": b"same-origin",
    b"cross-origin-opener-policy": b"same-origin",
    b"permissions-policy": b"camera=(), microphone=(), geolocation=()",
}


def build_app() -> FastAPI:
    """Return the app. Raises RuntimeError where a route names no permission."""
    app = FastAPI(title="Exact Online", docs_url=None, redoc_url=None, openapi_url=None)
    for pages in (
        home,
        connect,
        callback,
        select,
        manage,
        administration,
        doctor,
        dashboards,
        mapping,
        removed,
        static,
    ):
        for route in pages.router.routes:
            app.router.routes.append(route)
    gate.require_permissions(app)
    app.add_exception_handler(gate.Forbidden, _forbidden)
    app.add_exception_handler(ExactOnlineError, _sentence)
    app.add_exception_handler(psycopg.Error, _warehouse_trouble)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_middleware(gate.LoginMiddleware, refuse=_log_in)
    app.add_middleware(HeadersMiddleware)
    return app


class HeadersMiddleware:
    """Puts the headers on every answer, refusals included, and keeps what a callback carries out of the access log."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = {**_HEADERS, b"cache-control": b"no-store"}
        if scope["type"] == "http" and scope["path"].endswith("/callback"):
            headers[b"referrer-policy"] = b"no-referrer"
            # Airflow writes each request's query into its access log afterwards, and this one holds Exact's code.
            scope.setdefault("state", {})["callback_query"] = scope["query_string"].decode("latin-1")
            scope["query_string"] = b""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = {name.lower() for name, _ in message["headers"]}
                # Figures and tokens are in nobody's cache; files that never change say otherwise themselves.
                message["headers"] += [(name, value) for name, value in headers.items() if name not in given]
            await send(message)

        await self._app(scope, receive, with_headers)


def _log_in(request: Request) -> Response:
    """Send a browser to Airflow's login; tell a frame where it is; refuse everything else."""
    path = request.url.path
    if request.method != "GET" or "text/html" not in request.headers.get("accept", ""):
        return JSONResponse({"detail": "Not authenticated"}, 401)
    airflow = request.scope.get("root_path", "").removesuffix(PREFIX)
    if path.endswith("/callback"):
        # Its address holds Exact's code, which must not travel on: that login is started again.
        text = "You are not logged in to Airflow any more. Log in, and start the login at Exact again."
    elif request.headers.get("sec-fetch-dest") == "document":
        return RedirectResponse(f"{airflow}/plugin{path.removeprefix(airflow)}", 303)
    else:
        text = "You are not logged in to Airflow any more."
    link = f'<a href="{escape(airflow)}/plugin/exact-online" target="_top">Log in to Airflow</a>'
    return HTMLResponse(f"<!doctype html><title>Log in</title><p>{escape(text)}</p><p>{link}</p>", 401)


def _wants_json(request: Request) -> bool:
    return "text/html" not in request.headers.get("accept", "")


def _error(request: Request, status: int, title: str, text: str, remedy: str = "") -> Response:
    if _wants_json(request):
        return JSONResponse({"detail": text}, status)
    if request.method == "GET" and request.url.path.endswith("/callback"):
        # Away from an address that holds Exact's code.
        return go_to(request, "/connect/failed", notice=notices.write(title, text))
    person = gate.person_of(request)
    return render(request, person, "error.html", status, title=title, text=text, remedy=remedy)


def _forbidden(request: Request, exc: Any) -> Response:
    what = {
        "look": "read DAGs",
        "change": "edit connections",
        "trigger": "start DAG runs",
        "operate": "edit connections and DAGs",
    }.get(str(exc))
    text = f"Your Airflow role may not do this: it needs the right to {what}." if what else f"Refused: {exc}."
    return _error(request, 403, "Not allowed", text)


def _sentence(request: Request, exc: Any) -> Response:
    remedy = "reconnect" if isinstance(exc, ReauthorizationRequired) else ""
    return _error(request, 409, "That did not work", str(exc), remedy)


def _warehouse_trouble(request: Request, exc: Any) -> Response:
    log.error("the warehouse refused: %s", exc)
    if isinstance(exc, (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn)):
        text = "The warehouse has not this version's schema yet. Run: python -m exact_online migrate"
    else:
        text = f"The warehouse does not answer ({type(exc).__name__}). Is PostgreSQL running?"
    return _error(request, 503, "The warehouse does not answer", text)


def _malformed(request: Request, exc: Any) -> Response:
    fields = ", ".join(sorted({str(error["loc"][-1]) for error in exc.errors()}))
    return _error(request, 422, "That cannot be read", f"A value is missing or has the wrong form: {fields}.")


def _http_error(request: Request, exc: Any) -> Response:
    title = {404: "There is no such page", 405: "That page takes no such request"}.get(exc.status_code, "Error")
    return _error(request, exc.status_code, title, f"{title}.")
