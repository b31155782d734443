"""What is read again: control totals after a change, daily or on their day of the week; reference data now and then."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from exact_online import catalogue
from exact_online.due import count_is_due, slices_due
from exact_online.due import is_due as due_of
from exact_online.errors import ConfigError
from exact_online.extract import load_endpoint
from tests.integration.conftest import page_of, right

pytestmark = pytest.mark.integration
TOTALS = catalogue.endpoints()["reporting_balances"]
RECEIVABLES = catalogue.endpoints()["receivables_lists"]
LINES = catalogue.endpoints()["transaction_lines"]


def line(id_, timestamp, year, period=1):
    return {
        **{"Timestamp": str(timestamp), "ID": id_, "Division": 77},
        **{"FinancialYear": year, "FinancialPeriod": period},
    }


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
        load_endpoint(run(page_of([]), right()), TOTALS, year)
    load_endpoint(run(page_of([]), right()), RECEIVABLES)


def test_at_first_every_year_with_lines_is_due(run, due):
    assert due(TOTALS) == []
    load_endpoint(run(page_of([line("a", 1, 2024), line("c", 3, 2026)])), LINES)
    assert (due(TOTALS), due(RECEIVABLES)) == (["2024", "2026"], [None])


def test_nothing_is_due_again_on_the_same_day_when_nothing_changed(all_read, due):
    assert (due(TOTALS), due(RECEIVABLES)) == ([], [])


def test_a_changed_year_is_due_and_so_are_the_lists(all_read, run, due):
    load_endpoint(run(page_of([line("a", 9, 2024)])), LINES)
    assert (due(TOTALS), due(RECEIVABLES)) == (["2024"], [None])


def test_a_line_that_moves_to_another_year_touches_both(all_read, run, due):
    load_endpoint(run(page_of([line("a", 9, 2025)])), LINES)
    assert due(TOTALS) == ["2024", "2025"]


def test_a_deleted_line_touches_its_year(all_read, run, due):
    gone = {"Timestamp": "50", "ID": "d", "EntityKey": "b", "EntityType": 1, "Division": 77}
    load_endpoint(run(page_of([gone])), catalogue.endpoints()["deletions"])
    assert due(TOTALS) == ["2025"]


def test_every_day_the_current_year_is_due_and_each_past_one_on_its_day_of_the_week(all_read, due):
    week = [due(TOTALS, days=days) for days in range(1, 7)]
    assert all("2026" in years for years in week)
    past = sorted(year for years in week for year in years if year != "2026")
    assert set(past) <= {"2024", "2025"}
    assert len(past) == len(set(past)), "not twice within a week"
    assert due(TOTALS, days=7) == ["2024", "2025", "2026"], "none is older than a week"
    assert due(RECEIVABLES, days=1) == [None]


def test_the_past_years_are_spread_over_the_week(connection, administration_id, run, due):
    years = range(2000, 2026)
    load_endpoint(run(page_of([line(f"l{year}", year, year) for year in [*years, 2026]])), LINES)
    for year in [*years, 2026]:
        load_endpoint(run(page_of([{"ID": f"b{year}", "ReportingYear": year}])), TOTALS, str(year))
    per_day = [len(due(TOTALS, days=days)) - 1 for days in range(1, 7)]
    assert sum(per_day) >= 26 - 8, "one day of the seven is today's own"
    assert max(per_day) <= 4


def test_the_current_year_is_the_one_today_lies_in_and_not_the_highest_on_a_line(connection, all_read, run, due):
    today = datetime.now(UTC)
    start = int(datetime(today.year, 1, 1, tzinfo=UTC).timestamp() * 1000)
    end = int(datetime(today.year, 12, 31, tzinfo=UTC).timestamp() * 1000)
    period = {"ID": "p", "FinYear": 2025, "FinPeriod": 1, "StartDate": f"/Date({start})/", "EndDate": f"/Date({end})/"}
    load_endpoint(run(page_of([period])), catalogue.endpoints()["financial_periods"])
    assert "2025" in due(TOTALS, days=1)


def test_a_year_that_differs_stays_due(connection, administration_id, all_read, due):
    connection.execute(
        "insert into exact_ops.reconciliations (administration_id, subject, run_id, differences) "
        "values (%s, '2024', 'r', 2)",
        (administration_id,),
    )
    assert due(TOTALS) == ["2024"]


def test_rows_are_counted_weekly_each_stream_on_its_day_and_not_on_the_first(connection, administration_id, run):
    def is_due(days):
        now = datetime.now(UTC) + timedelta(days=days)
        return count_is_due(connection, administration_id, LINES, now)

    assert not any(is_due(days) for days in range(10)), "nothing was read yet"
    load_endpoint(run(page_of([line("a", 1, 2026)])), LINES)
    assert is_due(0) is False
    assert sum(is_due(days) for days in range(1, 7)) <= 1
    assert is_due(7) is True
    connection.execute(
        "insert into exact_ops.reconciliations (administration_id, subject, run_id, differences) "
        "values (%s, 'transaction_lines', 'r', 1)",
        (administration_id,),
    )
    assert is_due(0) is True, "what differed is looked at again"


def test_reference_data_is_read_every_few_days(connection, administration_id, run, monkeypatch):
    def is_due(name, days=0):
        now = datetime.now(UTC) + timedelta(days=days)
        return due_of(connection, administration_id, catalogue.endpoints()[name], now)

    assert is_due("vat_codes")
    load_endpoint(run(page_of([{"ID": "v"}])), catalogue.endpoints()["vat_codes"])
    assert [is_due("vat_codes", days) for days in (0, 6, 7)] == [False, False, True]
    assert is_due("journals"), "not slow-moving"
    monkeypatch.setenv("EXACT_ONLINE_REFERENCE_DAYS", "1")
    assert [is_due("vat_codes", days) for days in (0, 1)] == [False, True]
    monkeypatch.setenv("EXACT_ONLINE_REFERENCE_DAYS", "soon")
    with pytest.raises(ConfigError, match="EXACT_ONLINE_REFERENCE_DAYS=soon"):
        is_due("vat_codes")


def test_a_full_refresh_reads_everything(all_read, due):
    assert (due(TOTALS, everything=True), due(RECEIVABLES, everything=True)) == (["2024", "2025", "2026"], [None])


def test_a_failed_reading_stays_due(all_read, run, due):
    from exact_online.errors import TransientApiError
    from tests.fakes import Answer

    load_endpoint(run(page_of([line("c", 9, 2026)])), LINES)
    with pytest.raises(TransientApiError):
        load_endpoint(run(*[Answer(503)] * 4), TOTALS, "2026")
    assert due(TOTALS) == ["2026"]
