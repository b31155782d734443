"""Exact Online's country sites. Accounts, app registrations and grants do not cross them."""

from __future__ import annotations

from urllib.parse import urlsplit

from exact_online.errors import ConfigError

#: environment -> (country name, base URL). Paths below the base are the same everywhere.
ENVIRONMENTS = {
    "nl": ("Netherlands", "https://start.exactonline.nl"),
    "be": ("Belgium", "https://start.exactonline.be"),
    "de": ("Germany", "https://start.exactonline.de"),
    "fr": ("France", "https://start.exactonline.fr"),
    "es": ("Spain", "https://start.exactonline.es"),
    "uk": ("United Kingdom", "https://start.exactonline.co.uk"),
    "us": ("United States", "https://start.exactonline.com"),
}


def base_url_of(environment: str, override: str | None = None) -> str:
    """Return the base URL without trailing slash; `override` attaches another server with the same API."""
    if environment not in ENVIRONMENTS:
        raise ConfigError(f"environment {environment!r} is unknown; choose one of {', '.join(ENVIRONMENTS)}")
    url = (override or ENVIRONMENTS[environment][1]).strip().rstrip("/")
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc or "@" in parts.netloc:
        raise ConfigError(f"base URL {url!r} is not an http(s) address such as https://start.exactonline.nl")
    if parts.query or parts.fragment:
        raise ConfigError("base URL must not have a query or a fragment")
    return url
