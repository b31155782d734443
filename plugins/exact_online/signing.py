"""Signed values that come back from a browser: whoever lacks the deployment's key cannot make one or change one.

They are signed, not encrypted: never put a secret into one. Each is made for one purpose and is refused for any other.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from datetime import datetime, timedelta

from exact_online.cipher import KEY_VARIABLES
from exact_online.errors import ConfigError


class Signer:
    """Signs short texts with keys derived from the deployment's Fernet keys; the first signs, all verify."""

    def __init__(self, keys: str | None = None) -> None:
        text = keys or next((os.environ[name] for name in KEY_VARIABLES if os.environ.get(name)), "")
        self._keys = [key.strip().encode() for key in text.split(",") if key.strip()]
        if not self._keys:
            raise ConfigError(f"no Fernet key: set {KEY_VARIABLES[0]} (or {KEY_VARIABLES[1]}) to sign logins with")

    def sign(self, purpose: str, text: str, now: datetime) -> str:
        """Return `text` with its time and a signature, safe in a URL."""
        body = f"{int(now.timestamp())}.{_encode(text.encode())}"
        return f"{body}.{_encode(self._signature(self._keys[0], purpose, body))}"

    def read(self, purpose: str, signed: str, now: datetime, lifetime: timedelta) -> str:
        """Return the text. Raises ConfigError where it was not made by us for this purpose, or is too old."""
        body, _, signature = signed.rpartition(".")
        given = _decode(signature)
        if not any(hmac.compare_digest(self._signature(key, purpose, body), given) for key in self._keys):
            raise ConfigError("it was changed on the way, or was not made by this deployment")
        stamp, _, text = body.partition(".")
        if now.timestamp() - int(stamp) > lifetime.total_seconds():
            raise ConfigError(f"it is older than {lifetime.total_seconds() / 60:.0f} minutes")
        return _decode(text).decode()

    @staticmethod
    def _signature(key: bytes, purpose: str, body: str) -> bytes:
        derived = hmac.digest(key, f"exact_online {purpose}".encode(), hashlib.sha256)
        return hmac.digest(derived, body.encode(), hashlib.sha256)


def _encode(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def _decode(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except ValueError:
        return b""
