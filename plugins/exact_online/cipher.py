"""Encryption of what must not be readable in the warehouse: token pairs and client secrets.

The key is the deployment's Fernet key; `EXACT_ONLINE_FERNET_KEY` overrides it. Several keys separated by commas
rotate: the first encrypts, all decrypt.
"""

from __future__ import annotations

import os

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from exact_online.errors import ConfigError

KEY_VARIABLES = ("EXACT_ONLINE_FERNET_KEY", "AIRFLOW__CORE__FERNET_KEY")


def has_key() -> bool:
    """Return whether the environment names a key."""
    return any(os.environ.get(name, "").strip() for name in KEY_VARIABLES)


class Cipher:
    """Encrypts and decrypts short secrets; holds the keys and shows none of them."""

    def __init__(self, keys: str | None = None) -> None:
        text = keys or next((os.environ[name] for name in KEY_VARIABLES if os.environ.get(name)), "")
        if not text.strip():
            raise ConfigError(f"no Fernet key: set {KEY_VARIABLES[0]} (or {KEY_VARIABLES[1]}) to encrypt tokens with")
        try:
            self._fernet = MultiFernet([Fernet(key.strip()) for key in text.split(",") if key.strip()])
        except ValueError:
            raise ConfigError(f"{KEY_VARIABLES[0]} (or {KEY_VARIABLES[1]}) is not a Fernet key") from None

    def encrypt(self, secret: bytes) -> bytes:
        """Return the ciphertext of `secret`."""
        return self._fernet.encrypt(secret)

    def decrypt(self, ciphertext: bytes) -> bytes:
        """Return the secret. Raises ConfigError when no key fits."""
        try:
            return self._fernet.decrypt(bytes(ciphertext))
        except InvalidToken:
            raise ConfigError(
                f"the stored secret was encrypted with another key: restore the former one in {KEY_VARIABLES[0]} "
                "(old keys may follow the new one, separated by commas) or connect Exact Online again"
            ) from None
