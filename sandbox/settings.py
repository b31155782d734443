"""Who may log in to this sandbox, and with which app registration: the defaults, and a run's own values."""

from __future__ import annotations

from dataclasses import dataclass, field

CLIENT_ID = "5e3f0a5c-2f5a-4c38-9d2e-6a1b7c8d9e0f"
CLIENT_SECRET = "sandbox-secret"
REDIRECT_URI = "http://127.0.0.1:8080/exact-online/callback"


@dataclass(frozen=True)
class Settings:
    """One app registration and one user. `has_limits` is False only for tests that must not wait."""

    client_id: str = CLIENT_ID
    client_secret: str = field(default=CLIENT_SECRET, repr=False)
    redirect_uri: str = REDIRECT_URI
    user_name: str = "demo@example.com"
    password: str = field(default="demo", repr=False)
    has_limits: bool = True

    def is_client(self, client_id: str) -> bool:
        """Exact shows client ids with and without braces; both are good."""
        return client_id.strip("{}").lower() == self.client_id.strip("{}").lower()
