"""Token pairs of one user per app: issue, rotate, expire, recognise. Speaks no HTTP.

The rules are Exact's: an access token lives 600 s and cannot be renewed before 570 s; a refresh token is single use
and dies after 30 unused days; the old one works once more until the new pair is first used.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sandbox.clock import Clock
from sandbox.state import Store

ACCESS_SECONDS = 600
EARLIEST_REFRESH_SECONDS = 570
REFRESH_SECONDS = 30 * 86_400
_REMEMBERED_OLD_TOKENS = 50


class TokenRefused(Exception):
    """Exact's refusal of a token call: status, the two texts of its body, and the `Reason` header."""

    def __init__(self, status: int, error: str, description: str = "", reason: str = "") -> None:
        super().__init__(error)
        self.status = status
        self.error = error
        self.description = description
        self.reason = reason


@dataclass(frozen=True)
class Caller:
    """Who an access token stands for; an expired one still says whose error it is."""

    client_id: str
    user_name: str
    divisions: frozenset[int]
    is_expired: bool


class Tokens:
    """The chains of token pairs in the store, one per app and user: a second consent ends the first chain."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._chains = store.section("chains")
        self._lock = store.lock

    def start(self, client_id: str, user_name: str, divisions: list[int]) -> dict[str, str]:
        """Begin a chain after consent and return its first pair."""
        with self._lock:
            old = self._chains.get(f"{client_id}|{user_name}")
            chain = {
                "client_id": client_id,
                "user_name": user_name,
                "divisions": divisions,
                "is_revoked": False,
                "current": None,
                "previous": None,
                "spent": [],
            }
            if old:
                pairs = [old["current"], old["previous"]]
                chain["spent"] = old["spent"] + [pair["refresh"] for pair in pairs if pair]
                if not old["is_revoked"]:
                    # What was handed out may finish its 600 seconds, but not be renewed.
                    chain["previous"] = {**old["current"], "retries_left": 0}
            self._chains[f"{client_id}|{user_name}"] = chain
            return self._new_pair(chain)

    def refresh(self, client_id: str, refresh_token: str) -> dict[str, str]:
        """Trade a refresh token for a new pair, or raise TokenRefused."""
        digest = _digest(refresh_token)
        with self._lock:
            for chain in self._chains.values():
                if chain["client_id"] == client_id:
                    pair = self._redeemable(chain, digest)
                    if pair:
                        return self._renew(chain, pair)
        raise TokenRefused(400, "invalid_request")

    def caller(self, access_token: str) -> Caller | None:
        """Return whose access token this is, or None; using the newest pair ends the one before."""
        digest = _digest(access_token)
        with self._lock:
            for chain in self._chains.values():
                for name in ("current", "previous"):
                    pair = chain[name]
                    if pair and pair["access"] == digest:
                        return self._recognise(chain, name)
        return None

    def age(self, seconds: float) -> None:
        """Make every pair so much older; nothing else of the sandbox gets older with them."""
        with self._lock:
            for chain in self._chains.values():
                for pair in filter(None, (chain["current"], chain["previous"])):
                    pair["issued_at"] -= seconds
            self._store.save()

    def revoke(self) -> None:
        """End every chain, as a user does in Exact's security centre."""
        with self._lock:
            for chain in self._chains.values():
                chain["is_revoked"] = True
            self._store.save()

    def _recognise(self, chain: dict[str, Any], name: str) -> Caller:
        pair = chain[name]
        is_expired = chain["is_revoked"] or self._clock.now() - pair["issued_at"] >= ACCESS_SECONDS
        if name == "current" and not pair["is_used"] and not is_expired:
            pair["is_used"] = True
            self._store.save()
        return Caller(chain["client_id"], chain["user_name"], frozenset(chain["divisions"]), is_expired)

    def _redeemable(self, chain: dict[str, Any], digest: str) -> dict[str, Any] | None:
        """Return the pair a refresh token belongs to if it may be traded; None if it is not of this chain."""
        current, previous = chain["current"], chain["previous"]
        if digest == current["refresh"]:
            pair = current
        elif previous and digest == previous["refresh"] and previous["retries_left"] and not current["is_used"]:
            # The client crashed before it stored the new pair: the old token is good once more.
            previous["retries_left"] -= 1
            pair = previous
        elif digest in chain["spent"] or (previous and digest == previous["refresh"]):
            raise TokenRefused(401, "unauthorized_client", "Old refresh token used.")
        else:
            return None
        self._check(chain, pair)
        return pair

    def _check(self, chain: dict[str, Any], pair: dict[str, Any]) -> None:
        now = self._clock.now()
        age = now - pair["issued_at"]
        if chain["is_revoked"]:
            # Sources name 400 and 403 here, none the words.
            raise TokenRefused(400, "invalid_grant", "The authorization was revoked.")
        if age < EARLIEST_REFRESH_SECONDS:
            wait = int(EARLIEST_REFRESH_SECONDS - age) + 1
            raise TokenRefused(
                400,
                "access_denied",
                "Rate limit exceeded: access_token not expired",
                f"TooEarlyToRefreshTokens: the access token can be refreshed in {wait} seconds",
            )
        if age >= REFRESH_SECONDS:
            expired, today = _american(pair["issued_at"] + REFRESH_SECONDS), _american(now)
            raise TokenRefused(400, "invalid_request", f"The refresh token expired at {expired} and it is now {today}.")

    def _renew(self, chain: dict[str, Any], pair: dict[str, Any]) -> dict[str, str]:
        if pair is chain["current"]:
            if chain["previous"]:
                chain["spent"].append(chain["previous"]["refresh"])
            chain["previous"] = {**pair, "retries_left": 1}
        else:
            chain["spent"].append(chain["current"]["refresh"])
        return self._new_pair(chain)

    def _new_pair(self, chain: dict[str, Any]) -> dict[str, str]:
        """Make a pair and have it on disk before anybody sees it."""
        access, refresh = (f"stampNL001.{secrets.token_urlsafe(size)}!IAAAA" for size in (240, 120))
        chain["current"] = {
            "access": _digest(access),
            "refresh": _digest(refresh),
            "issued_at": self._clock.now(),
            "is_used": False,
        }
        chain["spent"] = chain["spent"][-_REMEMBERED_OLD_TOKENS:]
        self._store.save()
        return {"access_token": access, "token_type": "bearer", "expires_in": "600", "refresh_token": refresh}


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def _american(moment: float) -> str:
    time = datetime.fromtimestamp(moment, UTC)
    return f"{time.month}/{time.day}/{time.year} {time.hour % 12 or 12}:{time:%M:%S} {'AM' if time.hour < 12 else 'PM'}"
