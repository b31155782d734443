"""What `make audit` says of packages that are well, known to be vulnerable, unknown, or cannot be asked about.

It asks a package index of ours: a proxy that answers for pypi.org, with a certificate that only this test trusts.
"""

from __future__ import annotations

import json
import os
import re
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from stack.ports import free_port
from stack.settings import ROOT
from tests.receivers import certificate_of

HOLE = {"id": "PYSEC-1", "details": "a hole", "fixed_in": ["9"], "aliases": [], "link": "", "withdrawn": None}


class Index(ThreadingHTTPServer):
    """Answers for pypi.org what is known of each package; knows none of those in `unknown`."""

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.certificate, key = certificate_of("pypi.org", folder)
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(self.certificate, key)
        self.asked: set[str] = set()
        self.unknown: set[str] = set()
        self.holes: dict[str, list[dict]] = {}


class _Handler(BaseHTTPRequestHandler):
    server: Index
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one piece, or the client waits for each acknowledgement

    def do_CONNECT(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.flush()
        with self.server.tls.wrap_socket(self.connection, server_side=True) as tunnel:
            _Handler(tunnel, self.client_address, self.server)
        self.close_connection = True

    def do_GET(self) -> None:
        _, _, name, _, _ = self.path.split("/")
        self.server.asked.add(name)
        body = json.dumps({"info": {}, "vulnerabilities": self.server.holes.get(name, [])}).encode()
        self.send_response(404 if name in self.server.unknown else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args) -> None:
        """Say nothing."""


@pytest.fixture
def index(tmp_path) -> Iterator[Index]:
    server = Index(tmp_path)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def audit(index: Index, folder: Path, port: int | None = None) -> tuple[int, str]:
    """Run what the Makefile runs; return its exit code and all it said."""
    (command,) = re.findall(r"^\t@\.venv/bin/(pip-audit .*)$", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    proxy = f"http://127.0.0.1:{port or index.server_address[1]}"
    environment = {
        **{name: value for name, value in os.environ.items() if "proxy" not in name.lower()},
        "HTTPS_PROXY": proxy,
        "REQUESTS_CA_BUNDLE": str(index.certificate),
        "XDG_CACHE_HOME": str(folder),
        "PIP_CACHE_DIR": str(folder),
        "HOME": str(folder),
    }
    done = subprocess.run(
        [Path(sys.executable).with_name("pip-audit"), *command.split()[1:]], cwd=ROOT, env=environment,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def test_every_locked_package_is_looked_up_and_all_is_well(index, tmp_path):
    code, said = audit(index, tmp_path)
    assert (code, "No known vulnerabilities found" in said) == (0, True), said
    lines = (ROOT / "requirements.txt").read_text("utf-8").splitlines()
    locked = [Requirement(line.rstrip(" \\")) for line in lines if "==" in line and not line.startswith((" ", "#"))]
    assert index.asked == {each.name for each in locked if not each.marker or each.marker.evaluate()}


def test_a_known_hole_fails_with_its_name(index, tmp_path):
    index.holes["requests"] = [HOLE]
    code, said = audit(index, tmp_path)
    assert code != 0
    assert "requests" in said and "PYSEC-1" in said


def test_a_package_that_is_not_known_there_fails(index, tmp_path):
    index.unknown.add("requests")
    code, said = audit(index, tmp_path)
    assert code != 0
    assert "requests" in said and "No known vulnerabilities" not in said


def test_a_service_that_does_not_answer_fails(index, tmp_path):
    code, said = audit(index, tmp_path, free_port())
    assert code != 0
    assert "No known vulnerabilities" not in said
