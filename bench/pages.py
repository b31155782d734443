"""A server of one endpoint that does as little as it can: sync pages of transaction lines, straight from the file.

It knows what a reader may say, the row version to go on behind (`$filter=Timestamp gt n`, `$skiptoken=nL`), and can be
slow and strict as Exact is: so many calls a clock minute for each administration, an answer after so long. Its clock
may run fast, so that an hour of limits takes minutes. Run: `python -m bench.pages OPTIONS-AS-JSON`.
"""

from __future__ import annotations

import json
import re
import socket
import sys
from array import array
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from subprocess import PIPE, Popen
from threading import Lock
from urllib.parse import unquote
from urllib.request import urlopen

from bench.books import DIVISION
from bench.clock import FastClock
from bench.lines import BEFORE_FIRST, LineFile
from bench.paths import ROOT

_VERSION = re.compile(r"\$skiptoken=(\d+)L|Timestamp gt (\d+)L")
_PATH = re.compile(r"/api/v1/(\d+)/sync/Financial/TransactionLines\?")


@dataclass(frozen=True)
class Options:
    """How the server behaves.

    rows: how many rows of the file there are for now.
    calls_per_minute: what each administration may ask; 0 without limit.
    speed: how fast its clock runs, and latency with it.
    laps: how often those rows come, for a reader that is watched over more pages than the file holds.
    """

    path: str
    rows: int
    page_rows: int = 1000
    latency_seconds: float = 0.0
    calls_per_minute: int = 0
    since: float = 0.0
    speed: float = 1.0
    laps: int = 1


class PageServer(ThreadingHTTPServer):
    """The server, with the open file and what it counts."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, options: Options) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.options = options
        self.clock = FastClock(options.since, options.speed)
        self.index = array("Q")
        self.index.frombytes(Path(options.path).with_suffix(".index").read_bytes())
        self.calls: Counter[tuple[str, int]] = Counter()
        self.refused = 0
        self.lock = Lock()

    def take(self, division: str) -> tuple[bool, int, int]:
        """Count a call: whether it is granted, how many are left in this minute, when that ends (ms since 1970)."""
        minute = int(self.clock.seconds() // 60)
        allowed = self.options.calls_per_minute or sys.maxsize
        with self.lock:
            granted = self.calls[division, minute] < allowed
            if granted:
                self.calls[division, minute] += 1
            else:
                self.refused += 1
            return granted, allowed - self.calls[division, minute], (minute + 1) * 60_000


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: PageServer

    def do_GET(self) -> None:  # the name http.server calls
        if self.path == "/stats":
            calls = [[division, minute, count] for (division, minute), count in self.server.calls.items()]
            return self._answer(json.dumps({"calls": calls, "refused": self.server.refused}).encode())
        found = _PATH.match(self.path)
        if not found:
            return self._answer(b'{"error":{"code":"","message":{"value":"Not found"}}}', 404)
        options = self.server.options
        if options.latency_seconds:
            self.server.clock.sleep(options.latency_seconds)
        granted, left, reset = self.server.take(found[1])
        headers = {}
        if options.calls_per_minute:
            limits = {"Limit": options.calls_per_minute, "Remaining": left, "Reset": reset}
            headers = {f"X-RateLimit-Minutely-{name}": str(value) for name, value in limits.items()}
        if not granted:
            return self._answer(b"", 429, headers)
        return self._page(found[1], headers)

    def _page(self, division: str, headers: dict[str, str]) -> None:
        server, options = self.server, self.server.options
        versions = [int(token or gt) for token, gt in _VERSION.findall(unquote(self.path).replace("+", " "))]
        first = max(max(versions, default=0) - BEFORE_FIRST, 0)
        begin_of_lap = first - first % options.rows
        behind = min(first + options.page_rows, begin_of_lap + options.rows, options.rows * options.laps)
        head, tail = b'{"d":{"results":[', b"]}}"
        if behind < options.rows * options.laps:
            link = f"http://{self.headers['Host']}{self.path.split('&$skiptoken')[0].split('&%24skiptoken')[0]}"
            tail = f'],"__next":"{link}&$skiptoken={BEFORE_FIRST + behind}L"}}}}'.encode()
        begin, size = 0, 0
        if behind > first:
            begin = server.index[first - begin_of_lap]
            size = server.index[behind - begin_of_lap] - 1 - begin
        self._head(200, len(head) + size + len(tail), headers)
        self.wfile.write(head)
        self._rows(division, begin, size)
        self.wfile.write(tail)

    def _rows(self, division: str, begin: int, size: int) -> None:
        if not size:
            return
        if int(division) == DIVISION:
            with Path(self.server.options.path).open("rb") as file:
                self.wfile.flush()
                self.connection.sendfile(file, begin, size)
            return
        # The rows of another administration: a number as long in the place of this one.
        with Path(self.server.options.path).open("rb") as file:
            file.seek(begin)
            self.wfile.write(file.read(size).replace(b"%d" % DIVISION, division.encode()))

    def _answer(self, body: bytes, status: int = 200, headers: dict[str, str] | None = None) -> None:
        self._head(status, len(body), headers or {})
        self.wfile.write(body)

    def _head(self, status: int, length: int, headers: dict[str, str]) -> None:
        self.send_response_only(status)
        self.send_header("Date", formatdate(self.server.clock.seconds(), usegmt=True))
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(length))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""

    def handle(self) -> None:
        with suppress(ConnectionError, socket.timeout):
            super().handle()


@contextmanager
def serve(lines: LineFile, rows: int, **options) -> Iterator[str]:
    """Run the server in a process of its own and yield its address."""
    wanted = Options(str(lines.path), rows, **options)
    command = [sys.executable, "-m", "bench.pages", json.dumps(asdict(wanted))]
    environment = {"PYTHONPATH": f"{ROOT}:{ROOT / 'plugins'}", "PATH": "/usr/bin:/bin"}
    with Popen(command, stdout=PIPE, cwd=ROOT, env=environment) as process:
        try:
            yield process.stdout.readline().decode().strip()
        finally:
            process.terminate()


def statistics(address: str) -> dict:
    """Return what the server counted."""
    with urlopen(f"{address}/stats", timeout=10) as answer:
        return json.load(answer)


if __name__ == "__main__":
    made = PageServer(Options(**json.loads(sys.argv[1])))
    print(f"http://127.0.0.1:{made.server_address[1]}", flush=True)
    made.serve_forever()
