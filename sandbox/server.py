"""The sockets: a thread per connection, keep-alive, gzip, one access line per call. Knows nothing of Exact."""

from __future__ import annotations

import gzip
import logging
import re
import socket
import struct
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from sandbox.app import Sandbox
from sandbox.faults import Dropped
from sandbox.messages import Request, Response

log = logging.getLogger("sandbox.access")

_MOST_BODY_BYTES = 1_000_000
_WORTH_GZIP_BYTES = 1_000
_MOST_URL_CHARACTERS = 6_000
_HOST = re.compile(r"[A-Za-z0-9.\-]+(:\d+)?|\[[0-9A-Fa-f:]+\](:\d+)?")
#: The only query options that reach the log; others may hold a code or a state.
_LOGGED = ("$filter", "$orderby", "$top", "$skip", "$skiptoken")


class Server(ThreadingHTTPServer):
    """Listens at once; answers as soon as `sandbox` is set and `serve_forever` runs."""

    daemon_threads = True
    request_queue_size = 128
    allow_reuse_address = True
    sandbox: Sandbox

    def __init__(self, host: str, port: int) -> None:
        if ":" in host:
            self.address_family = socket.AF_INET6
        super().__init__((host, port), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is no event; anything else goes to the log with its trace."""
        log.exception("error while talking to %s", client_address)


class _Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    timeout = 120
    server: Server

    def handle(self) -> None:
        try:
            super().handle()
        except (ConnectionError, TimeoutError):
            self.close_connection = True

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The `Date` header tells the sandbox's time, as the limits and tokens do."""
        return super().date_time_string(self.server.sandbox.clock.now() if timestamp is None else timestamp)

    def _answer(self) -> None:
        started = time.perf_counter()
        try:
            response = self._response()
        except Dropped:
            self._reset()
            self._note(0, 0, started)
            return
        self._send(response)
        self._note(response.status, len(response.body), started)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = do_OPTIONS = _answer

    def _response(self) -> Response:
        """Read the request; a malformed one ends the connection, because what follows on it cannot be trusted."""
        headers = {name.lower(): value for name, value in self.headers.items()}
        length = headers.get("content-length", "0")
        if "transfer-encoding" in headers or not (length.isascii() and length.isdigit()):
            return self._malformed(411, b"Length required")
        if int(length) > _MOST_BODY_BYTES:
            return self._malformed(413, b"Body too large")
        body = self.rfile.read(int(length))
        if len(self.path) > _MOST_URL_CHARACTERS:
            return self._malformed(414, b"URL too long")
        host = headers.setdefault("host", "{}:{}".format(*self.server.server_address[:2]))
        if not _HOST.fullmatch(host):
            return self._malformed(400, b"Bad Host header")
        parts = urlsplit(self.path)
        request = Request(self.command, unquote(parts.path), parts.query, headers, body, self.client_address[0])
        try:
            return self.server.sandbox.handle(request)
        except Dropped:
            raise
        except Exception:
            log.exception("%s %s failed", self.command, quote(parts.path, safe="/%()'"))
            return Response(500, b"Internal error of the sandbox; see its log", "text/plain")

    def _malformed(self, status: int, body: bytes) -> Response:
        self.close_connection = True
        return Response(status, body, "text/plain")

    def _send(self, response: Response) -> None:
        body = response.body
        # Python's own phrases would raise on 599, which Exact sends too.
        self.send_response(response.status, self.responses.get(response.status, ("Status",))[0])
        if len(body) > _WORTH_GZIP_BYTES and "gzip" in (self.headers.get("Accept-Encoding") or ""):
            body = gzip.compress(body, 1)
            self.send_header("Content-Encoding", "gzip")
        for name, value in response.headers:
            self.send_header(name, value)
        has_type = any(name.lower() == "content-type" for name, _ in response.headers)
        if body and not has_type:
            self.send_header("Content-Type", response.content_type)
        self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self._write(body, response.drip_seconds)
        self.wfile.flush()

    def _write(self, body: bytes, drip_seconds: float) -> None:
        """Write a body at once, or a piece every tenth of a second."""
        pieces = max(int(drip_seconds * 10), 1)
        size = -(-len(body) // pieces) or 1
        for start in range(0, len(body), size):
            self.wfile.write(body[start : start + size])
            if drip_seconds:
                self.wfile.flush()
                time.sleep(0.1)

    def _reset(self) -> None:
        """Close with a reset instead of a farewell."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def _note(self, status: int, size: int, started: float) -> None:
        parts = urlsplit(self.path)
        options = [(name, value) for name, value in parse_qsl(parts.query) if name in _LOGGED]
        shown = "".join(f" {name}={quote(value, safe=_READABLE)}" for name, value in options)
        path = quote(unquote(parts.path), safe=_READABLE)
        milliseconds = (time.perf_counter() - started) * 1000
        log.info("%s %s%s %s %sB %.0fms", self.command, path, shown, status or "reset", size, milliseconds)

    def version_string(self) -> str:
        """Name neither Python nor its version."""
        return "ExactOnlineSandbox"

    def log_message(self, format: str, *args: object) -> None:
        """The access line is written by `_note`; the base class would log whole URLs with their codes."""


_READABLE = "/()',=:-"
