"""Which control totals are read again: after a change, on another day, weekly for the past; not otherwise."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from exact_online import catalogue
from exact_online.due import slices_due
from exact_online.extract import load_endpoint
from tests.integration.conftest import page_of

pytestmark = pytest.mark.integration
TOTALS = catalogue.endpoints()["reporting_balances"]
RECEIVABLES = catalogue.endpoints()["receivables_lists"]
LINES = catalogue.endpoints()["transaction_lines"]


def line(id_, timestamp, year):
    return {"Timestamp": str(timestamp), "ID": id_, "FinancialYear": year, "Division": 77}


@pytest.fixture
def due(connection, administration_id):
    def ask(endpoint, days=0, everything=False):
        now = datetime.now(UTC) + timedelta(days=days)
        return slices_due(connection, administration_id, endpoint, now, everything)

    return ask


@pytest.fixture
def all_read(run):
    """Lines of three years, and every control total read once."""
    load_endpoint(run(page_of([line("a", 1, 2024), line("b", 2, 2025), line("c", 3, 2026)])), LINES)
    for year in ("2024", "2025", "2026"):
        load_endpoint(run(page_of([])), TOTALS, year)
    load_endpoint(run(page_of([])), RECEIVABLES)


def test_at_first_every_year_with_lines_is_due(run, due):
    assert due(TOTALS) == []
    load_endpoint(run(page_of([line("a", 1, 2024), line("c", 3, 2026)])), LINES)
    assert (due(TOTALS), due(RECEIVABLES)) == (["2024", "2026"], [None])


def test_nothing_is_due_again_on_the_same_day_when_nothing_changed(all_read, due):
    assert (due(TOTALS), due(RECEIVABLES)) == ([], [])


def test_a_changed_year_is_due_and_so_are_the_lists(all_read, run, due):
    load_endpoint(run(page_of([line("a", 9, 2024)])), LINES)
    assert (due(TOTALS), due(RECEIVABLES)) == (["2024"], [None])


def test_the_next_day_the_current_year_is_due_and_after_a_week_all_are(all_read, due):
    assert (due(TOTALS, days=1), due(RECEIVABLES, days=1)) == (["2026"], [None])
    assert due(TOTALS, days=6) == ["2026"]
    assert due(TOTALS, days=7) == ["2024", "2025", "2026"]


def test_a_full_refresh_reads_everything(all_read, due):
    assert (due(TOTALS, everything=True), due(RECEIVABLES, everything=True)) == (["2024", "2025", "2026"], [None])


def test_a_failed_reading_stays_due(all_read, run, due):
    from exact_online.errors import TransientApiError
    from tests.fakes import Answer

    load_endpoint(run(page_of([line("c", 9, 2026)])), LINES)
    with pytest.raises(TransientApiError):
        load_endpoint(run(*[Answer(503)] * 4), TOTALS, "2026")
    assert due(TOTALS) == ["2026"]
