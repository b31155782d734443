"""Raw JSON is compressed with lz4 where the server was built with it. The wheel that other tests run on was not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bench import lz4_postgres
from exact_online import catalogue
from exact_online.extract import load_endpoint
from stack.postgres import temporary_postgres
from tests.conftest import new_template
from tests.integration.conftest import page_of

pytestmark = [pytest.mark.integration, pytest.mark.slow]
LINES = catalogue.endpoints()["transaction_lines"]
STORED = "select distinct pg_column_compression(payload) from exact_raw.transaction_lines"


@pytest.fixture(scope="module")
def postgres(tmp_path_factory) -> Iterator[str]:
    """Yield the connection string of a server with lz4."""
    programs = lz4_postgres.programs()
    assert programs
    with temporary_postgres(tmp_path_factory.mktemp("postgres"), programs) as conninfo:
        yield conninfo


@pytest.fixture(scope="module")
def migrated_template(postgres) -> str:
    """Return a template on that server."""
    return new_template(postgres)


def lines(numbers: range) -> list[dict]:
    """Return rows that are long enough to be compressed."""
    return [{"ID": f"line-{number}", "Timestamp": str(number), "Notes": "a remark " * 500} for number in numbers]


def test_rows_are_compressed_with_lz4_whether_copied_or_merged(run, connection):
    load_endpoint(run(page_of(lines(range(1, 3)))), LINES)
    assert connection.execute(STORED).fetchall() == [("lz4",)]
    connection.execute("update exact_raw.transaction_lines set payload = '{}', load_id = 0")
    load_endpoint(run(page_of(lines(range(3, 6)))), LINES)
    found = connection.execute(f"{STORED} where id not in ('line-1', 'line-2')").fetchall()
    assert found == [("lz4",)]
