"""An import that is killed again and again stores every line once, and makes few calls more than an undisturbed one."""

from __future__ import annotations

import random

import pytest

from tests.integration.books import books_of, differences
from tests.integration.importing import LOADED

pytestmark = pytest.mark.integration


@pytest.mark.parametrize(
    ("order", "lines", "kills"),
    [
        pytest.param("Timestamp", 20_000, 6, id="few"),
        pytest.param("Timestamp", 100_000, 50, id="fifty"),
        pytest.param("ID", 100_000, 25, id="by id"),
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
