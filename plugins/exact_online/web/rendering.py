"""Pages from templates: everything escaped, numbers and dates as the reader writes them, strict headers.

Babel formats on the server, exactly and before the page is shown, so nothing jumps. Moments are sent in UTC and moved
to the reader's time zone by a small script.
"""

from __future__ import annotations

import functools
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from babel import Locale, UnknownLocaleError, negotiate_locale
from babel.dates import format_date, format_datetime
from babel.localedata import locale_identifiers
from babel.numbers import format_decimal, format_percent
from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context, select_autoescape
from markupsafe import Markup, escape

from exact_online.environments import ENVIRONMENTS
from exact_online.web import gate
from exact_online.web.gate import Permission, Person

FOLDER = Path(__file__).parent
_FALLBACK = "en_GB"
_WORDS = {
    "general_ledger": "General ledger",
    "chart_of_accounts": "Chart of accounts",
    "analytical_axes": "Analytical axes",
    "outstanding_items": "Outstanding items",
    "fixed_assets": "Fixed assets",
    "fiscal_periods": "Fiscal periods",
    "deletions": "Deleted rows",
    "control_totals": "Control totals",
    "cost_center": "Cost center",
    "cost_unit": "Cost unit",
    "project": "Project",
    "receivable": "Receivable",
    "payable": "Payable",
    "not_due": "Not due",
    "1-30": "1-30 days",
    "31-60": "31-60 days",
    "61-90": "61-90 days",
    ">90": "Over 90 days",
    "rgs": "RGS (Exact's own mapping)",
    "mar": "MAR/PCMN prefix",
    "account_type": "Account type",
    "override": "Manual override",
    "unmapped": "Not mapped",
    "balance_sheet": "Balance sheet",
    "profit_and_loss": "Profit and loss",
}


def render(request: Request, person: Person, template: str, status_code: int = 200, **context: Any) -> HTMLResponse:
    """Return a page of ours."""
    root = request.scope.get("root_path", "")
    common = {
        "root": root,
        "airflow": root.removesuffix("/exact-online"),
        "path": request.url.path.removeprefix(root),
        "csrf": gate.csrf_token(person),
        "person": person,
        "may": {permission.value: person.may(permission) for permission in Permission},
        "locale": reader_locale(request),
        "environments": ENVIRONMENTS,
        "message": request.query_params.get("done", ""),
    }
    text = _environment().get_template(template).render({**common, "messages": MESSAGES, **context})
    return HTMLResponse(text, status_code)


#: What a page says after a change; only the key travels in the address, so nobody can put words into ours.
MESSAGES = {
    "connected": "Connected to Exact Online. Now select administrations.",
    "reconnected": "Connected again. Imports that had failed were started and go on from where they were.",
    "started": "The first imports start now. Follow them here.",
    "sync": "The import is queued.",
    "renamed": "Renamed.",
    "paused": "Paused. Nothing is imported until you resume.",
    "resumed": "Resumed.",
    "scheduled": "The new schedule is stored.",
    "removed": "Removed. The receipt is below.",
    "reselected": "The administration has its new code now; everything is read again.",
    "mapped": "Saved. The marts are being built.",
    "undone": "Undone. The marts are being built.",
    "uploaded": "The file is stored. The marts are being built.",
}


def go_to(request: Request, path: str, done: str = "", **query_values: object) -> RedirectResponse:
    """Send the browser to a page of ours after a change; `path` is written by us, never taken from a request."""
    values = {**({"done": done} if done else {}), **query_values}
    query = f"?{urlencode(values)}" if values else ""
    return RedirectResponse(f"{request.scope.get('root_path', '')}{path}{query}", 303)


def into_airflow(request: Request, path: str, done: str = "") -> RedirectResponse:
    """Send a browser that left Airflow for Exact back into Airflow's own frame."""
    airflow = request.scope.get("root_path", "").removesuffix("/exact-online")
    query = f"?done={done}" if done else ""
    return RedirectResponse(f"{airflow}/plugin/exact-online{path}{query}", 303)


def reader_locale(request: Request) -> str:
    """Return the locale the browser asks for, of those Babel knows."""
    wanted = []
    for part in request.headers.get("accept-language", "")[:200].split(","):
        tag, _, quality = part.strip().partition(";q=")
        wanted.append((-float(quality) if quality.replace(".", "", 1).isdigit() else -1.0, tag.replace("-", "_")))
    found = negotiate_locale([tag for _, tag in sorted(wanted, key=lambda each: each[0]) if tag], locale_identifiers())
    try:
        return str(Locale.parse(found or _FALLBACK))
    except (UnknownLocaleError, ValueError):
        return _FALLBACK


def number(value: Any, locale: str) -> str:
    """Write a whole number."""
    return "" if value is None else format_decimal(value, format="#,##0", locale=locale)


def amount(value: Any, locale: str) -> str:
    """Write an amount of money with two decimals, exactly."""
    return "" if value is None else format_decimal(Decimal(value), format="#,##0.00", locale=locale)


def share(value: float, locale: str) -> str:
    """Write a part of one as a percentage."""
    return format_percent(value, format="#,##0%", locale=locale)


def day(value: date | None, locale: str) -> str:
    """Write a date."""
    return "" if value is None else format_date(value, "medium", locale=locale)


def moment(value: datetime | None, locale: str) -> Markup:
    """Write a moment, to be moved to the reader's time zone."""
    if value is None:
        return Markup("")
    text = f"{format_datetime(value, 'd MMM y, HH:mm', locale=locale)} UTC"
    return Markup('<time datetime="{}">{}</time>').format(value.isoformat(), text)


def seconds(value: float | None, locale: str) -> str:
    """Write a duration."""
    if value is None:
        return ""
    if value < 90:
        return f"{format_decimal(round(value), locale=locale)} s"
    return f"{format_decimal(round(value / 60), locale=locale)} min"


def words(value: Any) -> str:
    """Write a name of the code as a person reads it."""
    text = str(value)
    return _WORDS.get(text) or text.replace("_", " ").capitalize()


@functools.cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for name, function in {
        "number": number,
        "amount": amount,
        "share": share,
        "day": day,
        "moment": moment,
        "seconds": seconds,
    }.items():
        made.filters[name] = _in_locale(function)
    made.filters["words"] = words
    made.globals["escape"] = escape
    return made


def _in_locale(function: Any) -> Any:
    @pass_context
    def filter_(context: Any, value: Any) -> Any:
        return function(value, context["locale"])

    return filter_
