"""A sentence that travels in an address: signed, so that nobody can put words of theirs into our pages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from exact_online.errors import ConfigError
from exact_online.web.airflow_inside import signer

_PURPOSE = "notice"
_LIFETIME = timedelta(minutes=10)
_UNKNOWN = ("The login could not be finished", "Start it again.")


def write(title: str, text: str) -> str:
    """Return a notice for an address; it must hold no secret."""
    return signer().sign(_PURPOSE, f"{title}\n{text[:500]}", datetime.now(UTC))


def read(notice: str) -> tuple[str, str]:
    """Return (title, text) of a notice we wrote lately, else what can be said without one."""
    try:
        title, _, text = signer().read(_PURPOSE, notice, datetime.now(UTC), _LIFETIME).partition("\n")
    except ConfigError:
        return _UNKNOWN
    return title, text
