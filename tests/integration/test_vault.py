"""The vault against the real sandbox: one refresh for many processes, and a grant that outlives whatever happens."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from exact_online import oauth, registry, token_calls, warehouse
from exact_online.cipher import Cipher
from exact_online.client import new_session
from exact_online.errors import ReauthorizationRequired, TokenNotYet, TransientApiError
from exact_online.oauth import Token
from exact_online.vault import Vault

pytestmark = pytest.mark.integration
PROCESSES = 16
TOKEN_PATH = "api/oauth2/token"
TOO_EARLY = '{"error":"access_denied","error_description":"Rate limit exceeded: access_token not expired"}'
USED = '{"error":"unauthorized_client","error_description":"Old refresh token used."}'


@pytest.fixture
def integration(connected, connection) -> registry.Integration:
    """The integration of the connected sandbox, whose access token just died."""
    connected.clock.sleep(601)
    return registry.integrations(connection)[0]


@pytest.fixture
def vault(connected, integration):
    """A vault with the sandbox's clock."""
    with closing(new_session()) as session:
        clock = connected.clock
        yield Vault(integration.integration_id, warehouse.connect, Cipher(), session, clock, clock.sleep)


def stored_pair(connection) -> Token:
    (ciphertext,) = connection.execute("select token_ciphertext from exact_ops.integrations").fetchone()
    return msgspec.json.decode(Cipher().decrypt(ciphertext), type=Token)


def outcomes(connection) -> list[str]:
    rows = connection.execute("select outcome from exact_ops.token_calls order by token_call_id")
    return [outcome for (outcome,) in rows]


def state(connection) -> tuple[str, str | None]:
    (found,) = registry.integrations(connection)
    return found.state, found.state_reason


def fault(sandbox, **details):
    sandbox("POST", "faults", json=[{"path_contains": TOKEN_PATH, **details}])


class _Ahead:
    """The time in another process, as far ahead as the sandbox's."""

    def __init__(self, seconds: float) -> None:
        self._ahead = timedelta(seconds=seconds)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self._ahead


def _use_the_grant(integration_id, base_url, ahead, barrier, answers, holds_the_lock, dies):
    """Run in a process of its own: get a token and use it; or hold the lock and be killed on the way as `dies` says."""
    oauth.DEADLINE_SECONDS = 3

    def die(*_) -> None:
        holds_the_lock.set()
        barrier.wait()
        time.sleep(1)  # the others now wait for the lock
        os.kill(os.getpid(), signal.SIGKILL)

    if dies == "between request and answer":
        oauth._body = die
    if dies == "between answer and commit":
        oauth._token_of = die
    with closing(new_session()) as session:
        vault = Vault(integration_id, warehouse.connect, Cipher(), session, _Ahead(ahead))
        if not dies:
            holds_the_lock.wait()
            barrier.wait()
        token = vault.access_token()
        headers = {"Authorization": f"Bearer {token}"}
        answers.put((token, session.get(f"{base_url}/api/v1/current/Me", headers=headers, timeout=30).status_code))


def use_at_once(sandbox, integration, dying: list[str | None]) -> list[tuple[str, int]]:
    """Let one process per entry use the grant at the same moment; return (token, status of a call with it).

    One that dies gets the lock first, and dies when all others wait for it.
    """
    context = multiprocessing.get_context("spawn")
    barrier, answers, holds_the_lock = context.Barrier(len(dying)), context.Queue(), context.Event()
    if not any(dying):
        holds_the_lock.set()
    ahead = (sandbox.clock() - datetime.now(UTC)).total_seconds()
    shared = (integration.integration_id, integration.base_url, ahead, barrier, answers, holds_the_lock)
    workers = [context.Process(target=_use_the_grant, args=(*shared, dies)) for dies in dying]
    for worker in workers:
        worker.start()
    found = [answers.get(timeout=90) for dies in dying if dies is None]
    for worker in workers:
        worker.join(timeout=30)
    return found


def test_sixteen_processes_with_a_dead_token_make_one_refresh(connected, connection, integration):
    before = connected("GET", "calls")["token_calls"]
    answers = use_at_once(connected, integration, [None] * PROCESSES)
    assert {status for _, status in answers} == {200}
    assert len(answers) == PROCESSES
    assert {token for token, _ in answers} == {stored_pair(connection).access_token}
    assert connected("GET", "calls")["token_calls"] == before + 1
    assert outcomes(connection) == ["stored"]


@pytest.mark.parametrize("moment", ["between request and answer", "between answer and commit"])
def test_sixteen_processes_survive_that_the_one_that_refreshes_is_killed(connected, connection, integration, moment):
    answers = use_at_once(connected, integration, [moment, *[None] * (PROCESSES - 1)])
    assert [status for _, status in answers] == [200] * (PROCESSES - 1)
    assert outcomes(connection) == ["started", "stored"]
    assert state(connection) == ("connected", None)
    connected.clock.sleep(601)
    assert use_at_once(connected, integration, [None])[0][1] == 200, "the chain goes on"


def test_a_pair_is_committed_before_anybody_uses_it(connected, connection, vault):
    token = vault.access_token()
    assert stored_pair(connection).access_token == token
    assert connected("GET", "calls")["token_calls"] == 2, "the login's and this one"


def test_a_lost_answer_costs_one_more_call_after_the_first_one_can_no_longer_be_under_way(connected, connection, vault):
    fault(connected, kind="lost")
    began = connected.clock()
    token = vault.access_token()
    assert stored_pair(connection).access_token == token
    assert outcomes(connection) == ["lost", "stored"]
    first, second = (call.started_at for call in reversed(token_calls.since(connection, vault.integration_id, began)))
    assert second - first >= timedelta(seconds=oauth.DEADLINE_SECONDS)


def test_too_early_without_a_lost_pair_goes_on_with_the_stored_token_and_asks_once_in_half_a_minute(
    connected, connection, vault
):
    before = stored_pair(connection).access_token
    fault(connected, status=400, body=TOO_EARLY, times=99)
    assert {vault.access_token() for _ in range(5)} == {before}
    assert outcomes(connection) == ["too_early"]
    connected.clock.sleep(31)
    vault.access_token()
    assert outcomes(connection) == ["too_early", "too_early"]
    assert state(connection) == ("connected", None)


def test_too_early_after_a_lost_pair_says_when_to_come_back(connected, connection, vault):
    fault(connected, kind="lost")
    fault(connected, status=400, body=TOO_EARLY, nth=2, times=1)
    with pytest.raises(TokenNotYet, match="was lost") as caught:
        vault.access_token()
    assert timedelta(seconds=500) < caught.value.resets_at - connected.clock() <= timedelta(seconds=600)
    assert outcomes(connection) == ["lost", "too_early"]
    connected.clock.sleep(600)
    assert vault.access_token() == stored_pair(connection).access_token
    assert outcomes(connection)[-1] == "stored"


def test_a_token_endpoint_that_is_down_is_asked_four_times_and_changes_nothing(connected, connection, vault):
    before = stored_pair(connection)
    fault(connected, status=503, times=99)
    with pytest.raises(TransientApiError, match="503"):
        vault.access_token()
    assert outcomes(connection) == ["failed"] * 4
    assert stored_pair(connection) == before
    assert state(connection) == ("connected", None)


def test_a_refused_grant_asks_for_a_person_names_the_lost_answer_and_is_not_tried_again(
    connected, connection, vault, command
):
    fault(connected, kind="lost")
    fault(connected, status=401, body=USED, nth=2, times=1)
    for _ in range(2):
        with pytest.raises(ReauthorizationRequired, match="Old refresh token used"):
            vault.access_token()
    assert outcomes(connection) == ["lost", "refused"]
    word, reason = state(connection)
    assert word == "reconnect_required"
    assert "Old refresh token used" in reason
    assert "was lost" in reason
    code, _, error = command("administrations")
    assert code == 3
    assert "connect" in error.lower()


def test_a_revoked_grant_is_reconnected_by_the_same_user_and_goes_on(connected, connection, vault):
    connected("POST", "revoke", json={})
    with pytest.raises(ReauthorizationRequired):
        vault.access_token()
    assert state(connection)[0] == "reconnect_required"


def test_the_days_token_calls_are_counted_and_the_next_day_has_its_own(connected, connection, vault):
    now = connected.clock()
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    connection.execute(
        "insert into exact_ops.token_calls (integration_id, started_at, outcome) "
        "select %s, %s, 'failed' from generate_series(1, %s)",
        (vault.integration_id, day, token_calls.CALLS_PER_DAY),
    )
    made = connected("GET", "calls")["token_calls"]
    with pytest.raises(TokenNotYet, match="200 token calls") as caught:
        vault.access_token()
    assert caught.value.resets_at == day + timedelta(days=1)
    assert connected("GET", "calls")["token_calls"] == made
    connected.clock.sleep((caught.value.resets_at - now).total_seconds())
    assert vault.access_token() == stored_pair(connection).access_token
