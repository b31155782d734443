"""One HTTP request, one answer, one refusal: what every part of the sandbox speaks. No sockets here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

JSON = "application/json; charset=utf-8"
HTML = "text/html; charset=utf-8"
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Request:
    """A request as received; `path` is decoded, `query` is not. Header names are in lower case."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    peer: str = "127.0.0.1"

    @property
    def base_url(self) -> str:
        """The address the client used to get here; links lead back to it."""
        return f"http://{self.headers.get('host', '127.0.0.1')}"

    @property
    def wants_json(self) -> bool:
        """Exact sends Atom XML to whoever does not ask for JSON by name."""
        return "json" in self.headers.get("accept", "").lower()

    def form(self) -> dict[str, str]:
        """Return the fields of a form body; the last of a repeated one counts."""
        return dict(self.form_pairs())

    def form_pairs(self) -> list[tuple[str, str]]:
        """Return the fields of a form body with their repetitions."""
        return parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True)

    def parameters(self) -> list[tuple[str, str]]:
        """Return the decoded query parameters in order."""
        return parse_qsl(self.query, keep_blank_values=True)


@dataclass
class Response:
    """An answer; with `drip_seconds` its body takes that long."""

    status: int
    body: bytes = b""
    content_type: str = JSON
    headers: list[tuple[str, str]] = field(default_factory=list)
    drip_seconds: float = 0


class Refused(Exception):
    """A refusal with Exact's words; whoever answers turns it into an error body.

    :param headers: such as `Reason`.
    """

    def __init__(self, status: int, message: str, headers: list[tuple[str, str]] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = headers or []
