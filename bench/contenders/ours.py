"""Our load, as a task runs it: client, budgets, recipe, load. Run: `python -m bench.contenders.ours JSON`."""

from __future__ import annotations

import json
import resource
import sys
import time
from contextlib import closing

import psycopg

from bench.clock import FastClock
from bench.measure import peak_of
from exact_online import catalogue
from exact_online.client import ExactClient, new_session
from exact_online.error_budget import ErrorBudget
from exact_online.extract import Run, load_endpoint
from exact_online.limits import CallBudget

#: As good as no limit; the budgets are asked all the same.
_WITHOUT_LIMIT = (
    "insert into exact_ops.call_budgets (client_id, division_code, minute_started_at, minute_used, minute_allowed, "
    "day_started_at, day_used, day_allowed) values ('bench', %s, date_trunc('minute', now()), 0, 1000000000, "
    "date_trunc('day', now()), 0, 1000000000) on conflict do nothing"
)


class OneToken:
    """A token that always works; the vault keeps one in memory, too."""

    def access_token(self, rejected: str | None = None) -> str:
        return "token"


def load(address: str, conninfo: str, administration_id: int, division: int, clock: FastClock | None) -> dict:
    """Load the transaction lines and return what was counted."""
    with (
        closing(psycopg.connect(conninfo, autocommit=True)) as connection,
        closing(psycopg.connect(conninfo, autocommit=True)) as budgets,
    ):
        if clock is None:
            budgets.execute(_WITHOUT_LIMIT, (division,))
            calls = CallBudget(budgets, "bench", division)
        else:
            calls = CallBudget(budgets, "bench", division, clock, clock.sleep)
        errors = ErrorBudget(budgets, "bench", division)
        client = ExactClient(address, division, OneToken(), calls, errors, new_session())
        run = Run(connection, client, administration_id, f"bench {time.time()}")
        started = time.monotonic()
        counts = load_endpoint(run, catalogue.endpoints()["transaction_lines"]).counts
        seconds = time.monotonic() - started
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return {
        **{"seconds": seconds, "cpu_seconds": usage.ru_utime + usage.ru_stime, "peak_mb": peak_of()},
        **{"rows": counts.rows_read, "inserted": counts.rows_inserted, "updated": counts.rows_updated},
        **{"calls": counts.calls, "pages": counts.pages},
    }


if __name__ == "__main__":
    wanted = json.loads(sys.argv[1])
    wanted["clock"] = FastClock(**wanted["clock"]) if wanted.get("clock") else None
    print(json.dumps(load(**wanted)))
