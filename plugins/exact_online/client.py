"""Reads pages from Exact Online: throttle, GET, classify, parse, yield. Plain Python, no Airflow, no SQL.

One session per process without cookies; the bearer token goes to the configured host only; one classification of
failures decides what is repeated (tenacity) and what is not.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Protocol, TypeVar
from urllib.parse import quote, urlsplit

import requests
from tenacity import RetryCallState, Retrying, retry_if_exception_type, wait_random_exponential

from exact_online import odata, refusals
from exact_online.errors import (
    DataContractError,
    MinuteLimitReached,
    PaginationError,
    RequestTimedOut,
    TransientApiError,
)

log = logging.getLogger(__name__)

T = TypeVar("T")

#: (connect, read) seconds; Exact streams big pages slowly.
TIMEOUT_SECONDS = (10, 120)
#: How long an answer may take in all, however slowly its bytes drip in, and how large it may be unpacked.
DEADLINE_SECONDS = 300
LARGEST_ANSWER = 256 * 1024**2
_CHUNK = 256 * 1024
#: Tries of one call in all; the task's own retries come on top, minutes later.
ATTEMPTS = 4
#: Tries of one that Exact refused (429) or gave up on (408): it may count both as errors of ours.
ATTEMPTS_WHEN_REFUSED = 2


class Tokens(Protocol):
    """What the client needs of the vault."""

    def access_token(self, rejected: str | None = None) -> str: ...


class Budget(Protocol):
    """What the client needs of the call budget."""

    def take(self) -> None: ...
    def observe(self, headers: Mapping[str, str]) -> None: ...
    def refused(self, headers: Mapping[str, str]) -> Exception: ...


class Errors(Protocol):
    """What the client needs of the error budget."""

    def check(self, endpoint: str) -> None: ...
    def record(self, endpoint: str, status: int, reason: str) -> None: ...


@dataclass
class FetchedPage:
    """One page: rows as sent (see odata.Page), the link after it, and what it cost."""

    rows: list[bytes]
    next_link: str | None
    size_bytes: int
    calls: int
    unstorable: Mapping[int, bytes]


def new_session() -> requests.Session:
    """Return a session that refuses cookies: Exact's cookies name a division, and ours change per call."""
    session = requests.Session()
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.trust_env = False
    session.headers.update({"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": "exact-online-elt"})
    return session


class ExactClient:
    """Reads one administration.

    :param base_url: the environment's address, without trailing slash.
    :param division: Exact's number of the administration, part of every path.
    :param sleep: how to wait between repetitions.
    """

    def __init__(
        self,
        base_url: str,
        division: int,
        tokens: Tokens,
        budget: Budget,
        errors: Errors,
        session: requests.Session | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.base_url = base_url
        self.division = division
        self.calls = 0
        self._tokens = tokens
        self._budget = budget
        self._errors = errors
        self._session = session or new_session()
        self._sleep = sleep

    @property
    def waited_seconds(self) -> float:
        """How long this client has waited for Exact's limits."""
        return getattr(self._budget, "waited_seconds", 0.0)

    def pages(
        self, path: str, select: list[str], filter_: str | None = None, link: str | None = None
    ) -> Iterator[FetchedPage]:
        """Yield every page of a collection, following `__next` verbatim to the end.

        :param path: below /api/v1/, with `{division}` in it.
        :param filter_: an OData filter expression in clear text.
        :param link: a `__next` from before, to go on with instead of the first page.
        Raises PaginationError for a link that repeats or leads elsewhere; any error leaves the pages before intact.
        """
        query = "$select=" + ",".join(select)
        if filter_:
            query = f"$filter={quote(filter_, safe='')}&{query}"
        asked: set[str] = set()
        self._check_link(link, asked, path)
        link = link or f"{self._address(path)}?{query}"
        while link:
            asked.add(link)
            calls_before = self.calls
            page, size = self._get(link, path, lambda body: (odata.parse_page(body), len(body)))
            # Before the page is handed out: with a link that leads astray nothing of it can be trusted.
            self._check_link(page.next_link, asked, path)
            yield FetchedPage(page.rows, page.next_link, size, self.calls - calls_before, page.unstorable)
            link = page.next_link

    def single(self, path: str, query: str = "") -> dict[str, Any]:
        """Return one entity such as current/Me."""
        return self._get(self._address(path) + (f"?{query}" if query else ""), path, odata.parse_single)

    def count(self, path: str, key: str, filter_: str = "") -> int | None:
        """Return how many rows a collection has, or None where Exact does not count them; costs one call."""
        query = f"$top=1&$inlinecount=allpages&$select={key}" + (
            f"&$filter={quote(filter_, safe='')}" if filter_ else ""
        )
        return self._get(f"{self._address(path)}?{query}", path, odata.parse_count)

    def _address(self, path: str) -> str:
        return f"{self.base_url}/api/v1/{path.format(division=self.division)}"

    def _check_link(self, link: str | None, asked: set[str], path: str) -> None:
        if link is None:
            return
        ours, theirs = urlsplit(self.base_url), urlsplit(link)
        if (ours.scheme, ours.netloc) != (theirs.scheme, theirs.netloc):
            raise PaginationError(
                f"{self._where(path)}: the next page is on another host ({theirs.netloc}); it was not asked for"
            )
        if link in asked:
            raise PaginationError(
                f"{self._where(path)}: Exact sent the same next link twice; its pages would never end"
            )

    def _get(self, url: str, path: str, parse: Callable[[bytes], T]) -> T:
        for attempt in Retrying(
            retry=retry_if_exception_type((TransientApiError, MinuteLimitReached)),
            wait=_wait,
            stop=_is_enough,
            sleep=self._sleep,
            reraise=True,
            before_sleep=lambda state: log.warning("%s (try %s of %s)", _error(state), state.attempt_number, ATTEMPTS),
        ):
            with attempt:
                return self._get_once(url, path, parse)
        raise TransientApiError(f"{self._where(path)}: no attempt was made")

    def _get_once(self, url: str, path: str, parse: Callable[[bytes], T]) -> T:
        self._errors.check(_endpoint(path))
        response, body, token = self._send(url, path)
        if response.status_code == 401:
            fresh = self._tokens.access_token(rejected=token)
            if fresh != token:
                self._errors.record(_endpoint(path), 401, "the token was renewed")
                response, body, _ = self._send(url, path)
        if response.status_code != 200:
            raise self._failure(response, body, path)
        try:
            return parse(body)
        except DataContractError as exc:
            # A body cut off in mid-stream or an HTML page with status 200: the same call may succeed.
            raise TransientApiError(f"{self._where(path)}: {exc}") from exc

    def _send(self, url: str, path: str) -> tuple[requests.Response, bytes, str]:
        """Send one request and return its answer, its body, and the token it carried."""
        self._budget.take()
        # After the budget: while we wait for the next minute a token may die.
        token = self._tokens.access_token()
        self.calls += 1
        headers = {"Authorization": f"Bearer {token}"}
        try:
            with self._session.get(
                url, headers=headers, timeout=TIMEOUT_SECONDS, allow_redirects=False, stream=True
            ) as response:
                self._budget.observe(response.headers)
                body = _body(response)
        except requests.RequestException as exc:
            kind = type(exc).__name__
            raise TransientApiError(f"{self._where(path)}: no whole answer from Exact ({kind})") from None
        return response, body, token

    def _failure(self, response: requests.Response, body: bytes, path: str) -> Exception:
        status, reason = response.status_code, refusals.reason_of(response.headers, body)
        if refusals.is_refusal(status):
            self._errors.record(_endpoint(path), status, reason)
        if status == 429:
            return self._budget.refused(response.headers)
        return refusals.failure(self._where(path), status, reason)

    def _where(self, path: str) -> str:
        return f"{urlsplit(self.base_url).netloc}: administration {self.division}: {_endpoint(path)}"


def _body(response: requests.Response) -> bytes:
    """Read an answer whole, unpacked, within the deadline."""
    ends_at = time.monotonic() + DEADLINE_SECONDS
    chunks: list[bytes] = []
    size = 0
    for chunk in response.iter_content(_CHUNK):
        chunks.append(chunk)
        size += len(chunk)
        if time.monotonic() > ends_at or size > LARGEST_ANSWER:
            raise requests.ReadTimeout("too slow or too large")
    return b"".join(chunks)


def _endpoint(path: str) -> str:
    return path.replace("{division}/", "")


def _error(state: RetryCallState) -> BaseException | None:
    return state.outcome.exception() if state.outcome else None


def _is_enough(state: RetryCallState) -> bool:
    refused = isinstance(_error(state), (MinuteLimitReached, RequestTimedOut))
    return state.attempt_number >= (ATTEMPTS_WHEN_REFUSED if refused else ATTEMPTS)


_backoff = wait_random_exponential(multiplier=1, max=30)


def _wait(state: RetryCallState) -> float:
    """Back off with jitter; after a 429 the budget itself waits, so go on at once."""
    return 0 if isinstance(_error(state), MinuteLimitReached) else _backoff(state)
