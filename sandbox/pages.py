"""The few web pages of the sandbox: login, consent, a refusal, a front page. Every value shown is escaped here."""

from __future__ import annotations

from html import escape
from urllib.parse import urlsplit

from sandbox.messages import HTML, Response

_STYLE = """
:root{color-scheme:light dark}
body{font:16px/1.5 system-ui,sans-serif;margin:0;min-height:100vh;display:grid;place-items:center}
body{background:#eef1f4;color:#1c2733}
main{background:#fff;padding:2rem 2.5rem;border-radius:10px;box-shadow:0 2px 16px #0002;width:min(28rem,84vw)}
h1{font-size:1.3rem;margin:0 0 1rem}label{display:block;margin:.7rem 0}
input[type=text],input[type=password]{display:block;width:100%;box-sizing:border-box;padding:.55rem;font:inherit}
input[type=text],input[type=password]{border:1px solid #8a97a5;border-radius:6px}
button{font:inherit;padding:.55rem 1.3rem;margin:.8rem .6rem 0 0;cursor:pointer}
button{border:1px solid #1d5fa8;border-radius:6px;background:#1d5fa8;color:#fff}
button.plain{background:none;color:inherit;border-color:#8a97a5}
.error{color:#b3261e;font-weight:600}.hint{color:#5a6876;font-size:.88rem}
@media(prefers-color-scheme:dark){body{background:#14191f;color:#e4e9ee}main{background:#1e252d}.hint{color:#9fb0c0}.error{color:#ff8a80}}
"""


def login(session: str, error: str = "") -> Response:
    """The login page; `session` carries what the app asked for."""
    return _page(
        "Log in",
        f"""{_error(error)}<form method="post" action="/api/oauth2/login">
<input type="hidden" name="session" value="{escape(session)}">
<label>User name <input type="text" name="username" autocomplete="username" autofocus required></label>
<label>Password <input type="password" name="password" autocomplete="current-password" required></label>
<button type="submit">Log in</button></form>
<p class="hint">A local sandbox of Exact Online: invented books, no connection to Exact.</p>""",
    )


def consent(
    session: str, client_id: str, redirect_uri: str, divisions: list[tuple[int, str]], error: str = ""
) -> Response:
    """The consent page with the user's administrations, all of them ticked."""
    boxes = "".join(
        f'<label><input type="checkbox" name="division" value="{code}" checked> {escape(name)} '
        f'<span class="hint">{code}</span></label>'
        for code, name in divisions
    )
    return _page(
        "Allow access",
        f"""{_error(error)}<p>The app <code>{escape(client_id)}</code> asks to read these administrations.</p>
<form method="post" action="/api/oauth2/consent"><input type="hidden" name="session" value="{escape(session)}">
{boxes}<button type="submit" name="decision" value="allow">Allow</button>
<button type="submit" name="decision" value="deny" class="plain">Deny</button></form>
<p class="hint">You return to {escape(redirect_uri)}</p>""",
        redirect_uri,
    )


def refusal(message: str) -> Response:
    """A request of an app that cannot be trusted with a redirect."""
    return _page("This cannot be done", _error(message), status=400)


def front() -> Response:
    """Say what this is to whoever opens the address."""
    return _page(
        "Exact Online sandbox",
        "<p>A local Exact Online with invented books. Apps use <code>/api/oauth2</code> and <code>/api/v1</code>.</p>",
    )


def _error(message: str) -> str:
    return f'<p class="error" role="alert">{escape(message)}</p>' if message else ""


def _page(title: str, body: str, redirect_uri: str = "", status: int = 200) -> Response:
    """Wrap a page; it may not be framed, runs no scripts, and its forms lead here or to the app only."""
    parts = urlsplit(redirect_uri)
    target = f" {parts.scheme}://{parts.netloc}" if parts.netloc else ""
    policy = (
        f"default-src 'none'; style-src 'unsafe-inline'; form-action 'self'{target}; "
        "frame-ancestors 'none'; base-uri 'none'"
    )
    html = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><style>{_STYLE}</style></head>'
        f"<body><main><h1>{escape(title)}</h1>{body}</main></body></html>"
    )
    headers = [
        ("Content-Security-Policy", policy),
        ("X-Frame-Options", "DENY"),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "no-referrer"),
        ("Cache-Control", "no-store"),
    ]
    return Response(status, html.encode(), HTML, headers)
