"""A webhook that alerts are sent to."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


class Sink(ThreadingHTTPServer):
    """Keeps what it is sent; refuses everything while `is_down`."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.got: list[dict] = []
        self.is_down = False


class _Handler(BaseHTTPRequestHandler):
    server: Sink

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if not self.server.is_down:
            self.server.got.append(json.loads(body))
        self.send_response(503 if self.server.is_down else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args) -> None:
        """Say nothing."""


@contextmanager
def listening(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sink]:
    """Listen as the connection `finance`, which EXACT_ONLINE_ALERTS names meanwhile."""
    server = Sink()
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    monkeypatch.setenv("AIRFLOW_CONN_FINANCE", f"http://127.0.0.1:{server.server_address[1]}")
    monkeypatch.setenv("EXACT_ONLINE_ALERTS", "http:finance")
    yield server
    server.shutdown()
    server.server_close()
