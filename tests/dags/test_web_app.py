"""The pages' app without a server: it fails closed, writes figures exactly, and loads only in the api-server."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from fastapi import FastAPI
from starlette.requests import Request

# Airflow's api-server itself imports starlette's test client, which warns of its own dependency.
pytestmark = [pytest.mark.dags, pytest.mark.filterwarnings("ignore:Using `httpx` with")]


def request_in(languages: str) -> Request:
    headers = [(b"accept-language", languages.encode())]
    return Request({"type": "http", "headers": headers, "method": "GET", "path": "/", "query_string": b""})


def test_every_route_names_its_permission_and_every_change_more_than_looking():
    from exact_online.web import gate
    from exact_online.web.app import build_app

    routes = {(route.path, *sorted(route.methods)): gate.permission_of(route) for route in build_app().routes}
    assert len(routes) > 30
    changes = {route: needs for route, needs in routes.items() if "POST" in route}
    assert len(changes) > 15
    assert gate.Permission.LOOK not in changes.values()
    assert {route[1:] for route in routes} == {("GET",), ("POST",)}


def test_an_app_with_a_route_without_permission_does_not_start():
    from exact_online.web import gate

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/open")
    def open_() -> None: ...

    with pytest.raises(RuntimeError, match="without a permission: /open"):
        gate.require_permissions(app)
    with pytest.raises(RuntimeError, match=r"/docs"):
        gate.require_permissions(FastAPI())


@pytest.mark.parametrize(
    ("languages", "locale", "amount", "day"),
    [
        ("nl-NL,nl;q=0.9,en;q=0.5", "nl_NL", "-12.345.678.901.234.567,89", "25 nov 2026"),
        ("en-US", "en_US", "-12,345,678,901,234,567.89", "Nov 25, 2026"),
        ("fr-BE;q=0.4, de-DE;q=0.9", "de_DE", "-12.345.678.901.234.567,89", "25.11.2026"),
        ("", "en_GB", "-12,345,678,901,234,567.89", "25 Nov 2026"),
        ("xx-YY, ../../etc;q=z, *", "en_GB", "-12,345,678,901,234,567.89", "25 Nov 2026"),
    ],
)
def test_figures_are_written_exactly_and_as_the_reader_does(languages, locale, amount, day):
    from exact_online.web import rendering

    assert rendering.reader_locale(request_in(languages)) == locale
    assert rendering.amount(Decimal("-12345678901234567.89"), locale) == amount
    assert rendering.day(date(2026, 11, 25), locale) == day
    moment = rendering.moment(datetime(2026, 11, 25, 3, 4, tzinfo=UTC), locale)
    assert '<time datetime="2026-11-25T03:04:00+00:00">' in moment


def test_text_of_a_figure_is_escaped():
    from exact_online.web.rendering import _environment

    template = _environment().from_string("{{ name }} {{ name|words }}")
    assert template.render(name="<b>") == "&lt;b&gt; &lt;b&gt;"


def test_a_message_is_chosen_by_its_key_and_never_taken_from_the_address():
    from exact_online.web.rendering import MESSAGES

    assert all(key.isalpha() and "<" not in text for key, text in MESSAGES.items())


def test_what_is_vendored_keeps_its_licence_and_speaks_to_nobody():
    from exact_online.web.pages.static import FOLDER

    vendored = {path.name for path in (FOLDER / "vendor").iterdir()}
    assert vendored == {"chart.umd.js", "chart.LICENSE.md"}
    assert "MIT" in (FOLDER / "vendor" / "chart.LICENSE.md").read_text("utf-8")
    for path in FOLDER.rglob("*.js"):
        text = path.read_text("utf-8")
        assert "sourceMappingURL" not in text, path.name
        assert "eval(" not in text, path.name
