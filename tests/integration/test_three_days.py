"""Three days of continuous work against the sandbox at Exact's own limits, on a clock that waiting moves."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from exact_online import registry, warehouse
from exact_online.access import Integration
from exact_online.cipher import Cipher
from exact_online.client import ExactClient, new_session
from exact_online.error_budget import ErrorBudget
from exact_online.errors import DailyLimitReached
from exact_online.limits import CallBudget
from exact_online.oauth import App, Token
from exact_online.vault import Vault
from sandbox.settings import CLIENT_ID, CLIENT_SECRET, REDIRECT_URI
from tests.sandbox.serving import LINES, MAIN, Running, serving

pytestmark = pytest.mark.integration
LATENCY_SECONDS = 0.2


class Wire:
    """Exact's side: every call takes its time, and is remembered as (moment, path, status)."""

    def __init__(self, exact: Running) -> None:
        self.calls: list[tuple[datetime, str, int]] = []
        self._exact = exact
        self._handle = exact.sandbox.handle
        exact.sandbox.handle = self.handle  # type: ignore[method-assign]

    def handle(self, request):
        self._exact.time.seconds += LATENCY_SECONDS
        response = self._handle(request)
        self.calls.append((self.now(), request.path, response.status))
        return response

    def now(self) -> datetime:
        return datetime.fromtimestamp(self._exact.time.seconds, UTC)


def connect(connection, exact: Running, issued_at: datetime) -> Integration:
    """Store a grant as the two commands would."""
    exact.connect()
    app = App(exact.url, CLIENT_ID, CLIENT_SECRET, REDIRECT_URI)
    token = Token(exact.access_token, exact.refresh_token, issued_at)
    registry.finish_login(connection, Cipher(), "nl", app, token, {"UserID": "u", "CurrentDivision": MAIN})
    return registry.integrations(connection)[0]


@pytest.mark.parametrize(
    ("work", "ahead_seconds", "days"),
    [
        pytest.param(timedelta(days=3), 0, 4, id="three days, noon to noon"),
        pytest.param(timedelta(minutes=100), 7, 1, id="our clock is ahead"),
        pytest.param(timedelta(minutes=100), -7, 1, id="our clock is behind"),
    ],
)
def test_continuous_work_uses_what_exact_grants_and_is_never_refused(tmp_path, connection, work, ahead_seconds, days):
    with serving(tmp_path) as exact, closing(new_session()) as session:

        def clock() -> datetime:
            return datetime.fromtimestamp(exact.time.seconds + ahead_seconds, UTC)

        def sleep(seconds: float) -> None:
            exact.time.seconds += seconds

        integration = connect(connection, exact, clock())
        vault = Vault(integration.integration_id, warehouse.connect, Cipher(), session, clock, sleep)
        calls = CallBudget(connection, CLIENT_ID, MAIN, clock, sleep)
        errors = ErrorBudget(connection, CLIENT_ID, MAIN, clock)
        client = ExactClient(exact.url, MAIN, vault, calls, errors, session, sleep)
        wire = Wire(exact)
        began = wire.now()
        while wire.now() < began + work:
            try:
                list(client.pages("{division}/" + LINES, ["ID", "Timestamp"], "Timestamp gt 0L"))
            except DailyLimitReached as exc:
                sleep((exc.resets_at - clock()).total_seconds() + 1)

    assert {status for _, _, status in wire.calls} == {200}, "nothing was refused: no token, no page"
    data = [moment for moment, path, _ in wire.calls if path.endswith(LINES)]
    tokens = Counter(moment.date() for moment, path, _ in wire.calls if path.endswith("token"))
    assert max(tokens.values()) <= 200
    per_day = Counter(moment.date() for moment in data)
    assert list(per_day.values()) == [5000] * days
    assert_minutes_are_used(data)


def assert_minutes_are_used(calls: list[datetime]) -> None:
    """While the day has calls left, each minute is used to 95 %; once it has none, no call is made."""
    per_minute = Counter(moment.replace(second=0, microsecond=0) for moment in calls)
    assert max(per_minute.values()) <= 60
    for day in {minute.date() for minute in per_minute}:
        minutes = sorted(minute for minute in per_minute if minute.date() == day)
        assert minutes[-1] - minutes[0] == timedelta(minutes=len(minutes) - 1), "no minute was left out"
        between = [per_minute[minute] for minute in minutes[1:-1]]
        assert min(between) >= 57, f"{day}: {min(between)} of 60 calls"
