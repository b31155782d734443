"""A stand-in for the wire in unit tests: answers `requests` from a list, and remembers what was asked.

Integration and end-to-end tests use the real sandbox server instead.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from io import BytesIO
from urllib.parse import parse_qs

import requests
from requests.adapters import BaseAdapter
from requests.models import PreparedRequest, Response
from urllib3.response import HTTPResponse

from exact_online.client import new_session


@dataclass
class Answer:
    """One HTTP answer."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


class FakeExact(BaseAdapter):
    """Gives its answers in order; an exception in the list is raised. An answer too few is an error of the test."""

    def __init__(self, answers: list[Answer | Exception]) -> None:
        super().__init__()
        self.answers = list(answers)
        self.calls: list[PreparedRequest] = []

    @property
    def forms(self) -> list[dict[str, list[str]]]:
        """The form bodies sent so far."""
        return [parse_qs(call.body or "") for call in self.calls]

    @property
    def urls(self) -> list[str]:
        """The addresses asked so far."""
        return [call.url for call in self.calls]

    def session(self) -> requests.Session:
        """A session of the plugin's own kind whose wire ends here."""
        session = new_session()
        session.mount("https://", self)
        session.mount("http://", self)
        return session

    def send(self, request: PreparedRequest, **kwargs) -> Response:
        self.calls.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        raw = HTTPResponse(BytesIO(answer.body), headers=answer.headers, status=answer.status, preload_content=False)
        response = requests.adapters.HTTPAdapter().build_response(request, raw)
        response.raw = raw
        return response

    def close(self) -> None:
        """Nothing to close."""
