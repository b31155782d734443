"""The refusals Exact forgives: an endpoint is left alone before they block the app. Shared through Postgres."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import psycopg

from exact_online.errors import EndpointPaused

#: Half of the ten refusals after which Exact blocks the app (protocol facts, section 3).
ERRORS_PER_HOUR = 5
_HOUR = timedelta(hours=1)

_ERRORS = """
select count(*), min(error_at), max(last_status), max(last_reason)
from exact_ops.error_budgets cross join unnest(errors_at) as error_at
where client_id = %(client)s and division_code = %(division)s and endpoint = %(endpoint)s and error_at > %(hour)s
"""

_RECORD_ERROR = """
insert into exact_ops.error_budgets as b (client_id, division_code, endpoint, errors_at, last_status, last_reason)
values (%(client)s, %(division)s, %(endpoint)s, array[%(now)s::timestamptz], %(status)s, %(reason)s)
on conflict (client_id, division_code, endpoint) do update set
    errors_at = array(select error_at from unnest(b.errors_at) as error_at where error_at > %(hour)s) || %(now)s,
    last_status = excluded.last_status,
    last_reason = excluded.last_reason
"""


class ErrorBudget:
    """The refusals of one app's requests for one administration, per endpoint, within the last hour.

    Exact blocks an app for an hour after ten refused requests of a user to one endpoint of one administration. Other
    software may share that count, so an endpoint is left alone after half of it; the others go on.

    :param connection: an autocommit connection.
    """

    def __init__(
        self,
        connection: psycopg.Connection,
        client_id: str,
        division_code: int,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._connection = connection
        self._key = {"client": client_id, "division": division_code}
        self._clock = clock

    def check(self, endpoint: str) -> None:
        """Raise EndpointPaused where the endpoint refused too often within the hour, with its last words."""
        found = self._connection.execute(_ERRORS, {**self._key, "endpoint": endpoint, **self._hour()}).fetchone()
        if found is None or found[0] < ERRORS_PER_HOUR:
            return
        errors, first, status, reason = found
        raise EndpointPaused(
            f"administration {self._key['division']}: {endpoint}: {errors} refusals within an hour; not asked again "
            f"before {first + _HOUR:%H:%M} UTC. The last one: status {status}: {reason}",
            status,
            reason,
        )

    def record(self, endpoint: str, status: int, reason: str) -> None:
        """Count a refused request."""
        values = {"endpoint": endpoint, "status": status, "reason": reason[:300]}
        self._connection.execute(_RECORD_ERROR, {**self._key, **values, **self._hour()})

    def _hour(self) -> dict[str, datetime]:
        return {"now": self._clock(), "hour": self._clock() - _HOUR}
