"""Pages reach their table to the letter, whether they are copied straight into it or merged."""

from __future__ import annotations

import pytest

from exact_online import catalogue
from exact_online.extract import load_endpoint
from tests.fakes import Answer
from tests.integration.conftest import behind, page_of

pytestmark = pytest.mark.integration
LINES = catalogue.endpoints()["transaction_lines"]
#: Each of these means something in COPY's text format: backslashes, and the white space JSON allows between its parts.
AWKWARD = [
    b'{"ID":"a","Timestamp":"1","Notes":"a\\\\b \\r\\n\\t \\"c\\" \\u00e9 \\\\N \\\\."}',
    b'{\n\t"ID": "b",\r\n\t"Timestamp": "2",\t"Notes": "\xf0\x9f\x99\x82"\n}',
    b'{"ID":"c\\td\\\\e","Timestamp":"3"}',
]


def texts(connection) -> dict[str, str]:
    rows = connection.execute("select id, payload::text from exact_raw.transaction_lines order by sync_timestamp")
    return dict(rows.fetchall())


def page(rows: list[bytes]) -> Answer:
    return Answer(200, b'{"d":{"results":[' + b",".join(rows) + b"]}}")


@pytest.mark.parametrize("is_first", [True, False], ids=["copied", "merged"])
def test_rows_are_stored_to_the_letter(run, connection, is_first):
    if not is_first:
        load_endpoint(run(page([b'{"ID":"z","Timestamp":"0"}'])), LINES)
        connection.execute("update exact_raw.transaction_lines set deleted_at = now()")
    load_endpoint(run(page(AWKWARD)), LINES)
    stored = texts(connection)
    stored.pop("z", None)
    assert stored == dict(zip(["a", "b", "c\td\\e"], (row.decode() for row in AWKWARD), strict=True))


def test_a_row_that_comes_twice_in_a_first_load_is_stored_once_as_it_was_last(run, connection):
    first = page_of([{"ID": "a", "Timestamp": "1"}, {"ID": "b", "Timestamp": "2"}], behind(2))
    second = page_of([{"ID": "c", "Timestamp": "3"}, {"ID": "a", "Timestamp": "4"}])
    counts = load_endpoint(run(first, second), LINES).counts
    assert (counts.rows_inserted, counts.rows_updated) == (3, 1)
    versions = connection.execute("select id, sync_timestamp from exact_raw.transaction_lines order by id").fetchall()
    assert versions == [("a", 4), ("b", 2), ("c", 3)]


def test_an_older_version_in_a_first_load_replaces_nothing(run, connection):
    first = page_of([{"ID": "a", "Timestamp": "5"}], behind(5))
    second = page_of([{"ID": "b", "Timestamp": "6"}, {"ID": "a", "Timestamp": "4"}])
    counts = load_endpoint(run(first, second), LINES).counts
    assert (counts.rows_inserted, counts.rows_updated, counts.rows_unchanged) == (2, 0, 1)
    assert connection.execute("select sync_timestamp from exact_raw.transaction_lines where id = 'a'").fetchone() == (
        5,
    )


def test_rows_without_a_version_are_stored_without_one(run, connection):
    load_endpoint(run(page_of([{"ID": "a"}])), catalogue.endpoints()["journals"])
    assert connection.execute("select id, sync_timestamp from exact_raw.journals").fetchall() == [("a", None)]
