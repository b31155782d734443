"""Whatever happened to the books, and to whoever copied them: in the end the copy is what Exact has, entity by entity.

Each seed is a history of at least 300 steps: entries, payments, edits, deletions, renames, moves, ids made anew, losses
nobody logs, outages; syncs after random steps, with random faults, in processes that are killed in the middle.
"""

from __future__ import annotations

import random

import pytest

from tests.integration.books import Books, books_of, differences

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


@pytest.mark.parametrize("seed", range(20))
def test_after_any_history_the_copy_is_what_exact_has(tmp_path, connection, seed):
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
