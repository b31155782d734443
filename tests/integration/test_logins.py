"""Logins under way: a `state` is good once, for ten minutes, for whoever started it, and cannot be made by others."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest

from exact_online import logins
from exact_online.cipher import Cipher
from exact_online.errors import ConfigError
from exact_online.oauth import App
from exact_online.signing import Signer

pytestmark = pytest.mark.integration
APP = App("http://exact.test", "app", "app-secret", "https://me/callback")


def begin(connection, who="anna", clock=lambda: datetime.now(UTC)):
    return logins.begin(connection, Cipher(), Signer(), "nl", APP, who, clock=clock)


def take(connection, state, who="anna", **kwargs):
    return logins.take(connection, Cipher(), Signer(), state, who, **kwargs)


def test_a_login_works_once_and_keeps_its_secrets(connection):
    state = begin(connection)
    (stored,) = connection.execute("select row_to_json(p)::text from exact_ops.pending_connections as p").fetchone()
    assert "app-secret" not in stored
    assert state not in stored
    found = take(connection, state)
    assert (found.environment, found.app, found.integration_id) == ("nl", APP, None)
    with pytest.raises(ConfigError, match="used already"):
        take(connection, state)


def test_a_login_of_somebody_else_is_refused_and_stays_good_for_its_owner(connection):
    state = begin(connection, "anna")
    with pytest.raises(ConfigError, match="somebody else"):
        take(connection, state, "bob")
    assert take(connection, state, "anna").environment == "nl"


def test_a_login_is_good_for_ten_minutes(connection):
    state = begin(connection)
    later = datetime.now(UTC) + timedelta(minutes=10, seconds=2)
    with pytest.raises(ConfigError, match="older than 10 minutes"):
        take(connection, state, clock=lambda: later)
    connection.execute("update exact_ops.pending_connections set created_at = now() - interval '601 seconds'")
    with pytest.raises(ConfigError, match="took too long"):
        take(connection, state)


def tampered(state):
    """Every part changed on its own, the person exchanged, and signatures that do not belong."""
    stamp, body, signature = state.split(".")
    text = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)).decode()
    other = base64.urlsafe_b64encode(text.replace(text[0], "A" if text[0] != "A" else "B", 1).encode()).decode()
    flipped = signature[:-2] + ("A" if signature[-2] != "A" else "B") + signature[-1]
    yield from (f"{int(stamp) + 1}.{body}.{signature}", f"{stamp}.{other.rstrip('=')}.{signature}")
    yield from (
        f"{stamp}.{body}.{flipped}",
        f"{stamp}.{body}.",
        f"{stamp}.{body}",
        "x",
        "",
        "a.b.c",
        "\u2603.\u2603.\u2603",
    )


def test_a_tampered_or_invented_state_is_refused(connection):
    state = begin(connection)
    for changed in tampered(state):
        with pytest.raises(ConfigError, match="cannot be finished"):
            take(connection, changed)
    assert take(connection, state).environment == "nl"


def test_a_value_signed_for_another_purpose_is_no_state(connection):
    signer, now = Signer(), datetime.now(UTC)
    with pytest.raises(ConfigError, match="cannot be finished"):
        take(connection, signer.sign("csrf", "x", now))
    assert signer.read("csrf", signer.sign("csrf", "x y", now), now, timedelta(minutes=1)) == "x y"
