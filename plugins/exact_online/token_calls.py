"""The journal of token calls: a row before each call, its outcome after it, so that a lost answer is visible.

A row that stays `started` is a process that died between its call and the answer: Exact may have spent the refresh
token. The journal is also the day's count: Exact grants 200 token calls per app and user and UTC day (protocol facts,
section 2).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import psycopg

from exact_online.warehouse import one_row

CALLS_PER_DAY = 200
Outcome = Literal["stored", "too_early", "refused", "failed", "lost"]


@dataclass(frozen=True)
class TokenCall:
    """One call as journalled. `outcome` is `started` until the answer was dealt with."""

    started_at: datetime
    outcome: str

    @property
    def is_unanswered(self) -> bool:
        """Whether Exact may have issued a pair that nobody holds."""
        return self.outcome in ("started", "lost")


def begin(connection: psycopg.Connection, integration_id: int, now: datetime) -> int:
    """Note a call that is about to be made and return its number; `connection` commits at once (autocommit)."""
    return int(
        one_row(
            connection,
            "insert into exact_ops.token_calls (integration_id, started_at) values (%s, %s) returning token_call_id",
            (integration_id, now),
        )[0]
    )


def end(connection: psycopg.Connection, token_call_id: int, outcome: Outcome, detail: str | None = None) -> None:
    """Note what became of a call; within the transaction of `connection`, where it has one."""
    connection.execute(
        "update exact_ops.token_calls set outcome = %s, detail = %s, finished_at = clock_timestamp() "
        "where token_call_id = %s",
        (outcome, detail and detail[:500], token_call_id),
    )


def since(connection: psycopg.Connection, integration_id: int, moment: datetime) -> list[TokenCall]:
    """Return the calls of an integration since a moment, newest first."""
    rows = connection.execute(
        "select started_at, outcome from exact_ops.token_calls where integration_id = %s and started_at >= %s "
        "order by token_call_id desc",
        (integration_id, moment),
    )
    return [TokenCall(*row) for row in rows]
