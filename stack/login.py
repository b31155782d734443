"""Log in at the sandbox as a person would with a browser: follow its pages, fill in its forms, stop at the redirect."""

from __future__ import annotations

from html.parser import HTMLParser
from urllib.parse import urljoin

import requests

from stack.errors import StackError

USERNAME, PASSWORD = "demo@example.com", "demo"
_MOST_PAGES = 6


class _Form(HTMLParser):
    """The first form of a page with its fields, ticked boxes included."""

    def __init__(self) -> None:
        super().__init__()
        self.action: str | None = None
        self.fields: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attributes}
        if tag == "form" and self.action is None:
            self.action = values.get("action", "")
        name = values.get("name")
        if self.action is None or tag not in ("input", "button") or not name:
            return
        kind = values.get("type", "text")
        if kind in ("checkbox", "radio") and "checked" not in values:
            return
        if kind == "submit" or tag == "button":
            if values.get("value") == "allow":
                self.fields.append((name, "allow"))
            return
        self.fields.append((name, values.get("value", "on" if kind == "checkbox" else "")))


def consent(authorize_url: str, redirect_uri: str) -> str:
    """Return the address the sandbox redirects to after login and consent."""
    with requests.Session() as session:
        session.trust_env = False
        response = session.get(authorize_url, allow_redirects=False, timeout=30)
        for _ in range(_MOST_PAGES):
            if response.is_redirect:
                address = urljoin(response.url, response.headers["Location"])
                if address.startswith(redirect_uri):
                    return address
                response = session.get(address, allow_redirects=False, timeout=30)
                continue
            response = _submit(session, response)
    raise StackError("The sandbox's login did not end at the redirect address.")


def _submit(session: requests.Session, page: requests.Response) -> requests.Response:
    form = _Form()
    form.feed(page.text)
    if page.status_code != 200 or form.action is None:
        raise StackError(f"The sandbox's login answered {page.status_code} without a form.")
    own = {"username": USERNAME, "password": PASSWORD}
    data = [(name, own.get(name, value)) for name, value in form.fields]
    return session.post(urljoin(page.url, form.action), data=data, allow_redirects=False, timeout=30)
