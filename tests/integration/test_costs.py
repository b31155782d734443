"""What a page costs, in counts that no machine changes: calls, statements, rows per COPY. See bench/ for seconds."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from itertools import product

import psycopg
import pytest

from exact_online import catalogue
from exact_online.client import ExactClient
from exact_online.error_budget import ErrorBudget
from exact_online.extract import Run, load_endpoint
from exact_online.limits import CallBudget
from tests.conftest import DIVISION
from tests.fakes import Answer, FakeExact
from tests.integration.conftest import BASE, OneToken, behind, page_of

pytestmark = pytest.mark.integration
ROWS_PER_PAGE = 20
#: Of one page, all in one transaction: still connected? COPY, touched periods, watermark, pass, log.
STATEMENTS_PER_PAGE = Counter(execute=4, executemany=1, copy=1)
#: The periods a changed line stood in before; the merge.
STATEMENTS_MORE_WHERE_LINES_ARE_STORED = Counter(execute=2)
#: Take a call, check the endpoint's errors; the minute and the day as the answer's headers have them.
STATEMENTS_PER_CALL = Counter(execute=4)


#: Opening and closing a load, its one call, its one empty page.
STATEMENTS_OF_AN_IDLE_LOAD = 28


@pytest.fixture
def counted(monkeypatch) -> Counter:
    """How many statements were sent, by kind."""
    counts: Counter = Counter()

    def count(name: str) -> None:
        send = getattr(psycopg.Cursor, name)

        def counting(cursor, *args, **kwargs):
            counts[name] += 1
            return send(cursor, *args, **kwargs)

        monkeypatch.setattr(psycopg.Cursor, name, counting)

    for name in ("execute", "executemany", "copy"):
        count(name)
    return counts


def counting(counts: Counter, name: str):
    """Return a cursor's method that counts how often it is called."""
    method = getattr(psycopg.Cursor, name)

    def send(*args, **kwargs):
        counts[name] += 1
        return method(*args, **kwargs)

    return send


def lines(first: int, pages: int) -> list[Answer]:
    """Return pages of lines, ordered by their versions."""
    answers = []
    for start in range(first, first + pages * ROWS_PER_PAGE, ROWS_PER_PAGE):
        rows = [
            {
                **{"ID": f"{number:08d}-0000-0000-0000-000000000000", "Timestamp": str(number)},
                **{"Division": DIVISION, "FinancialYear": 2026, "FinancialPeriod": 1},
            }
            for number in range(start, start + ROWS_PER_PAGE)
        ]
        is_last = start + ROWS_PER_PAGE == first + pages * ROWS_PER_PAGE
        answers.append(page_of(rows, None if is_last else behind(start + ROWS_PER_PAGE - 1)))
    return answers


@pytest.fixture
def load(connection, administration_id, budgets):
    """Return a function that loads scripted answers with real budgets and gives the counts of the load."""

    def go(answers: list[Answer]):
        ends = str(int(datetime.now(UTC).timestamp() * 1000) + 86_000_000)
        for answer, prefix in product(answers, ("X-RateLimit", "X-RateLimit-Minutely")):
            limits = {"Limit": "100000", "Remaining": "99999", "Reset": ends}
            answer.headers.update({f"{prefix}-{name}": value for name, value in limits.items()})
        client = ExactClient(
            *(BASE, DIVISION, OneToken(), CallBudget(budgets, "app", DIVISION)),
            *(ErrorBudget(budgets, "app", DIVISION), FakeExact(answers).session()),
        )
        run = Run(connection, client, administration_id, f"run {len(answers)}")
        return load_endpoint(run, catalogue.endpoints()["transaction_lines"]).counts

    return go


@pytest.mark.parametrize("is_first", [True, False], ids=["first load", "later load"])
def test_a_page_costs_one_call_one_copy_and_a_fixed_number_of_statements(load, connection, counted, is_first):
    """What ten pages more cost, so that what a load costs once does not count."""
    load(lines(1, 1))  # what is learnt of an administration once
    costs = []
    for start, pages in ((1001, 3), (2001, 13)):
        if is_first:
            connection.execute("truncate exact_raw.transaction_lines, exact_ops.watermarks")
        counted.clear()
        done = load(lines(start, pages))
        assert (done.pages, done.calls, done.rows_inserted) == (pages, pages, pages * ROWS_PER_PAGE)
        costs.append(Counter(counted))
    expected = STATEMENTS_PER_PAGE + STATEMENTS_PER_CALL
    expected += Counter() if is_first else STATEMENTS_MORE_WHERE_LINES_ARE_STORED
    assert costs[1] - costs[0] == Counter({name: 10 * number for name, number in expected.items()})


def test_a_load_of_nothing_costs_one_call(load, counted):
    load(lines(1, 1))
    counted.clear()
    assert (load([page_of([])]).calls, counted["copy"], counted["executemany"]) == (1, 0, 0)
    assert counted["execute"] <= STATEMENTS_OF_AN_IDLE_LOAD


def test_a_page_of_changes_is_found_by_its_keys_and_not_by_reading_the_table(load, connection, administration_id):
    """Also in a table so small that PostgreSQL, which knows nothing of the page, would rather read it all."""
    stored = 3000
    connection.execute(
        "insert into exact_raw.transaction_lines (administration_id, id, payload, sync_timestamp, load_id) "
        "select %s, lpad(number::text, 8, '0') || '-0000-0000-0000-000000000000', "
        """'{"FinancialYear": 2026, "FinancialPeriod": 2}', 0, 0 from generate_series(1, %s) as number""",
        (administration_id, stored),
    )
    connection.execute("vacuum analyze exact_raw.transaction_lines")
    before = rows_read_in_order(connection)
    assert load(lines(1, 2)).rows_updated == 2 * ROWS_PER_PAGE
    assert rows_read_in_order(connection) - before < ROWS_PER_PAGE
    periods = connection.execute("select fiscal_period from exact_ops.touched_periods order by 1").fetchall()
    assert periods == [(1,), (2,)]


def rows_read_in_order(connection) -> int:
    """Return how many rows of the lines were read by scans of the whole table."""
    connection.execute("select pg_stat_force_next_flush()")
    statement = "select seq_tup_read from pg_stat_user_tables where schemaname = 'exact_raw' and relname = %s"
    return connection.execute(statement, ("transaction_lines",)).fetchone()[0]
