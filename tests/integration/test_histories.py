"""Whatever happened to the books, and to whoever copied them: in the end the copy is what Exact has, entity by entity.

Each seed is a history of at least 300 steps: entries, payments, edits, deletions, renames, moves, ids made anew, losses
nobody logs, outages; syncs after random steps, with random faults, in processes that are killed in the middle.
"""

from __future__ import annotations

import random

import pytest

from tests.integration.books import Books, books_of, differences
from tests.integration.importing import LOADED

pytestmark = pytest.mark.integration
STEPS = 300
#: An endpoint that refused five times within an hour is left alone for the rest of it; seconds.
REST = 3700
INCIDENTS = ["lose_entry", "regenerate_terms", "move_line", "move", "outage", "lose_line"]
FAULTS = [
    {"kind": "status", "status": 503},
    {"kind": "status", "status": 500, "times": 2},
    {"kind": "status", "status": 429},
    {"kind": "status", "status": 408},
    {"kind": "truncate"},
    {"kind": "splice"},
    {"kind": "html"},
    {"kind": "reset"},
    {"kind": "lost"},
]


def live(books: Books, seed: int) -> None:
    """Let 300 steps and more happen, with syncs in between."""
    rng = random.Random(f"history {seed}")
    steps = 0
    while steps < STEPS:
        chunk = rng.randint(15, 60)
        books.advance(chunk)
        steps += chunk
        if rng.random() < 0.6:
            suffer(books, rng.choice(INCIDENTS))
        if rng.random() < 0.7:
            faults = [{**rng.choice(FAULTS), "nth": rng.randint(1, 25)} for _ in range(rng.randint(1, 3))]
            books.exact.sandbox.faults.add(faults)
        if rng.random() < 0.75:
            books.sync_with_deaths(rng.choice([0, 0, 1, 2]), rng)


def suffer(books: Books, incident: str) -> None:
    if incident == "outage":
        books.let_days_pass(60)
        incident = "forget_deletions"
    books.suffer(incident)


def prove(tmp_path, connection, seed: int) -> None:
    with books_of(tmp_path, connection, seed, has_limits=False) as books:
        live(books, seed)
        books.exact.sandbox.faults.clear()
        books.exact.control("clock", seconds=REST)
        books.let_days_pass(8)  # whatever is compared weekly is compared now
        failed = books.sync()
        assert set(failed) <= {"reconcile"}, "an entry that does not balance in Exact itself is told, and stays"
        assert differences(books) == {}
        unbalanced = connection.execute("select item from exact_ops.reconciliation_differences").fetchall()
        assert all(item.startswith("entry ") for (item,) in unbalanced), unbalanced
        assert bool(failed) == bool(unbalanced)


@pytest.mark.parametrize("seed", range(20))
def test_after_any_history_the_copy_is_what_exact_has(tmp_path, connection, seed):
    prove(tmp_path, connection, seed)


@pytest.mark.parametrize(
    ("order", "lines", "kills"),
    [
        pytest.param("Timestamp", 20_000, 6, id="few"),
        pytest.param("Timestamp", 100_000, 50, id="fifty", marks=pytest.mark.slow),
        pytest.param("ID", 100_000, 25, id="by id", marks=pytest.mark.slow),
    ],
)
def test_kills_lose_nothing_and_cost_no_more_than_the_page_in_flight(
    tmp_path, connection, monkeypatch, order, lines, kills
):
    """SIGKILL at random moments of an import, with a server that pages by version or, proving no order, by id."""
    from sandbox.schema import entities

    stream = entities()["sync/Financial/TransactionLines"]
    monkeypatch.setitem(vars(stream), "key", (order,))
    rng = random.Random(50)
    with books_of(tmp_path, connection, 0, lines=lines, has_limits=False) as books:
        ended = books.sync_with_deaths(kills, rng, longest=0.5)
        assert ended == LOADED, books.said[-1]
        calls, deaths = books.calls(), books.deaths
        assert deaths == kills, "fewer: the import was over before"
        assert differences(books) == {}
        doubles = connection.execute(
            "select count(*) - count(distinct payload ->> 'ID') from exact_raw.transaction_lines"
        ).fetchone()
        assert doubles == (0,)
        # What one import costs that nobody kills: all over again, from nothing.
        for table in ("watermarks", "loads", "touched_periods", "reconciliations"):
            connection.execute(f"delete from exact_ops.{table}")
        connection.execute("delete from exact_raw.transaction_lines")
        before = books.calls()
        assert books.sync() == []
        undisturbed = books.calls() - before
        assert calls - undisturbed <= deaths * (1 + 3)
