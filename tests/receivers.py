"""The other end of what we send: a web server and a mail server on this machine that keep what reaches them."""

from __future__ import annotations

import ipaddress
import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.message import Message
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from stack.ports import free_port


class Request(NamedTuple):
    """What one POST brought."""

    path: str
    headers: dict[str, str]
    body: bytes


class Sink(ThreadingHTTPServer):
    """Keeps what it is sent; refuses everything while `is_down`."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.requests: list[Request] = []
        self.is_down = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def got(self) -> list[dict]:
        return [json.loads(request.body) for request in self.requests]


class _Handler(BaseHTTPRequestHandler):
    server: Sink

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if not self.server.is_down:
            self.server.requests.append(Request(self.path, dict(self.headers), body))
        self.send_response(503 if self.server.is_down else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args) -> None:
        """Say nothing."""


@contextmanager
def listening() -> Iterator[Sink]:
    """Serve HTTP on a free port."""
    server = Sink()
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@contextmanager
def told_by_webhook(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sink]:
    """Serve HTTP as the connection `finance`, which EXACT_ONLINE_ALERTS names meanwhile."""
    with listening() as server:
        monkeypatch.setenv("AIRFLOW_CONN_FINANCE", server.url)
        monkeypatch.setenv("EXACT_ONLINE_ALERTS", "http:finance")
        yield server


class MailServer:
    """Takes mail from whoever knows the login, none while `is_down`; aiosmtpd calls it."""

    def __init__(self, login: str, password: str) -> None:
        self._login = LoginPassword(login.encode(), password.encode())
        self.port = free_port()
        self.envelopes: list[Envelope] = []
        self.is_down = False

    @property
    def messages(self) -> list[Message]:
        return [BytesParser().parsebytes(envelope.content) for envelope in self.envelopes]

    async def handle_DATA(self, server, session, envelope: Envelope) -> str:
        assert session.authenticated
        if self.is_down:
            return "451 not now"
        self.envelopes.append(envelope)
        return "250 OK"

    def authenticate(self, server, session, envelope, mechanism, data: LoginPassword) -> AuthResult:
        return AuthResult(success=data == self._login, handled=False)


@contextmanager
def mail_server(folder: Path, login: str, password: str, is_tls: bool = False) -> Iterator[tuple[MailServer, Path]]:
    """Serve SMTP on a free port; yield the server, and the certificate that proves it to be 127.0.0.1.

    Nothing is said before it is encrypted: by STARTTLS, or from the first byte where `is_tls`.
    """
    certificate, key = certificate_of("127.0.0.1", folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = MailServer(login, password)
    encryption = {"ssl_context": context, "auth_require_tls": False} if is_tls else {"tls_context": context}
    controller = Controller(
        server, hostname="127.0.0.1", port=server.port, require_starttls=not is_tls, auth_required=not is_tls,
        authenticator=server.authenticate, **encryption,
    )  # fmt: skip
    controller.start()
    yield server, certificate
    controller.stop()


def certificate_of(host: str, folder: Path) -> tuple[Path, Path]:
    """Write a certificate of a host or an address, which signs itself, and its key; return both files."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    is_address = host[0].isdigit()
    known_as = x509.IPAddress(ipaddress.ip_address(host)) if is_address else x509.DNSName(host)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([known_as]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate, private = folder / "certificate.pem", folder / "key.pem"
    certificate.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return certificate, private
