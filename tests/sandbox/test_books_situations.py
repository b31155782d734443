"""The complete list of situations each administration exists to show, read from its rows alone."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from itertools import pairwise

import pytest

from sandbox.books import Administration
from tests.sandbox.books import ACCOUNTS, CODES, LINES, NO_GUID, TODAY, ZERO, default_books, rows

COMMON_TYPES = {10, 20, 21, 30, 31, 40, 50, 70, 71, 72, 73, 74, 75, 76, 80, 82, 83, 84, 86, 90, 170, 290, 3000}
OWN_TYPES = {
    1000001: {96, 310},
    1000002: {95, 310},
    1000003: {96, 326, 327, 328},
    1000004: {96},
    1000005: {96},
}


@pytest.mark.parametrize("code", CODES)
def test_transaction_types_of_an_administration_are_exactly_these(code):
    books = default_books()[code]
    types = {line["Type"] for line in rows(books, LINES)}

    assert types == COMMON_TYPES | OWN_TYPES[code]
    assert types <= {row["ID"] for row in rows(books, "financial/GLTransactionTypes")}


def test_divisions_are_these():
    found = {code: (books.division["Currency"], books.division["Country"]) for code, books in default_books().items()}

    assert found == {
        1000001: ("EUR", "NL "), 1000002: ("EUR", "NL "), 1000003: ("EUR", "BE "), 1000004: ("USD", "NL "),
        1000005: ("EUR", "NL "),
    }  # fmt: skip


def calendar(books: Administration) -> dict[tuple[int, int], tuple[date, date]]:
    return {
        (row["FinYear"], row["FinPeriod"]): (row["StartDate"], row["EndDate"])
        for row in rows(books, "financial/FinancialPeriods")
    }


def test_fiscal_calendars_are_full_short_and_long():
    years = defaultdict(dict)
    for code in CODES:
        for year, period in calendar(default_books()[code]):
            years[code][year] = max(period, years[code].get(year, 0))

    whole = {2023: 12, 2024: 12, 2025: 12, 2026: 12}
    assert dict(years) == {
        1000001: whole,
        1000002: whole,
        1000003: whole,
        1000004: whole | {2023: 6},
        1000005: {2025: 6, 2026: 4},
    }


@pytest.mark.parametrize("code", CODES)
def test_periods_follow_each_other_without_gap_or_overlap(code):
    spans = sorted(calendar(default_books()[code]).values())

    assert all((following[0] - span[1]).days == 1 for span, following in pairwise(spans))


@pytest.mark.parametrize(
    ("code", "periods"), [(1000001, {0, 13}), (1000002, set()), (1000003, set()), (1000004, {13}), (1000005, {0})]
)
def test_periods_outside_the_calendar(code, periods):
    books = default_books()[code]
    outside = {(line["FinancialYear"], line["FinancialPeriod"]) for line in rows(books, LINES)} - set(calendar(books))

    assert {period for _, period in outside} == periods
    assert len(outside) == len(periods)


@pytest.mark.parametrize("code", CODES)
def test_some_lines_are_dated_outside_their_period(code):
    books = default_books()[code]
    spans = calendar(books)
    late = {line["EntryID"] for line in rows(books, LINES)
            if (span := spans.get((line["FinancialYear"],
                line["FinancialPeriod"]))) and not span[0] <= line["Date"] <= span[1]}  # fmt: skip

    assert len(late) >= (2 if code == 1000005 else 5)


@pytest.mark.parametrize("code", [1000001, 1000002])
def test_dutch_close_takes_every_result_account_of_the_year_to_zero(code):
    books = default_books()[code]
    result_accounts = {row["ID"] for row in rows(books, ACCOUNTS) if row["BalanceType"] == "W"}
    closed = {line["FinancialYear"] for line in rows(books, LINES) if line["Type"] == 310}
    totals = defaultdict(lambda: ZERO)
    for line in rows(books, LINES):
        if line["FinancialYear"] in closed and line["GLAccount"] in result_accounts:
            totals[line["GLAccount"]] += line["AmountDC"]

    assert closed == {2023}
    assert len(totals) >= 30
    assert set(totals.values()) == {ZERO}


def test_belgian_close_empties_the_balance_sheet_and_opens_it_again():
    books = default_books()[1000003]
    by_type = defaultdict(lambda: defaultdict(lambda: ZERO))
    before = defaultdict(lambda: ZERO)
    places = {}
    for line in rows(books, LINES):
        if line["FinancialYear"] == 2023 and line["Type"] != 327:
            before[line["GLAccount"]] += line["AmountDC"]
        if line["Type"] in (327, 328):
            by_type[line["Type"]][line["GLAccount"]] += line["AmountDC"]
            places[line["Type"]] = (line["FinancialYear"], line["FinancialPeriod"], line["Date"])

    assert places == {327: (2023, 12, date(2023, 12, 31)), 328: (2024, 1, date(2024, 1, 1))}
    assert by_type[328] == {key: total for key, total in before.items() if total}
    assert by_type[327] == {key: -total for key, total in by_type[328].items()}


@pytest.mark.parametrize(
    ("code", "centers", "units", "projects"),
    [(1000001, True, True, True), (1000002, False, False, False), (1000003, True, False, True), (1000004, True, True,
        False),
     (1000005, True, False, False)],
)  # fmt: skip
def test_axes_are_filled_or_empty_as_the_administration_shows(code, centers, units, projects):
    books = default_books()[code]
    lines = rows(books, LINES)
    on_lines = [
        {line[field] for line in lines} - {None, "", NO_GUID}
        for field in ("CostCenter", "CostUnit", "Project", "ProjectWBS")
    ]
    tables = ("hrm/Costcenters", "hrm/Costunits", "sync/Project/Projects", "sync/Project/ProjectWBS")

    assert [bool(values) for values in on_lines] == [centers, units, projects, projects]
    assert [bool(books.tables[path]) for path in tables] == [centers, units, projects, projects]
    if not centers:
        assert {"", None, NO_GUID} <= {line["CostCenter"] for line in lines} | {line["Project"] for line in lines}


@pytest.mark.parametrize("code", [1000001, 1000003, 1000004, 1000005])
def test_cost_centres_were_deleted_and_recoded(code):
    books = default_books()[code]
    known = {row["Code"] for row in rows(books, "hrm/Costcenters")}
    used = {line["CostCenter"] for line in rows(books, LINES)} - {None, ""}

    assert used - known == {"WEG"}
    assert "SALES" in used & known
    assert "VK" not in used | known
    assert any(row["EndDate"] for row in rows(books, "hrm/Costcenters"))


@pytest.mark.parametrize("code", CODES)
def test_lines_refer_to_parents_that_were_deleted(code):
    books = default_books()[code]
    gone = {(row["EntityType"], row["EntityKey"]) for row in rows(books, "sync/Deleted")}
    lines = rows(books, LINES)
    accounts = {line["GLAccount"] for line in lines} - set(books.tables[ACCOUNTS])
    relations = {line["Account"] for line in lines} - set(books.tables["sync/CRM/Accounts"]) - {None, NO_GUID}
    projects = {line["Project"] for line in lines} - set(books.tables["sync/Project/Projects"]) - {None, NO_GUID}

    assert len(accounts) == 1
    assert len(relations) == 1
    assert len(projects) == (1 if code in (1000001, 1000003) else 0)
    for entity_type, keys in ((7, accounts), (2, relations), (21, projects)):
        assert {(entity_type, key) for key in keys} <= gone


@pytest.mark.parametrize("code", CODES)
def test_delete_log_names_every_type_we_keep_and_an_unknown_one_within_two_months(code):
    books = default_books()[code]
    log = rows(books, "sync/Deleted")
    removed_lines = {row["EntityKey"] for row in log if row["EntityType"] == 1}

    assert {row["EntityType"] for row in log} == {1, 2, 6, 7, 10, 13, 18, 21, 25, 77}
    assert all(0 <= (TODAY - row["DeletedDate"].date()).days <= 60 for row in log)
    assert len(removed_lines) >= 2
    assert not removed_lines & set(books.tables[LINES])


@pytest.mark.parametrize("code", CODES)
def test_a_row_came_back_after_its_deletion(code):
    books = default_books()[code]
    log = {row["EntityKey"]: row["Timestamp"] for row in rows(books, "sync/Deleted") if row["EntityType"] == 7}
    back = [row for row in rows(books, ACCOUNTS) if row["ID"] in log]

    assert len(back) == 1
    assert back[0]["Timestamp"] > log[back[0]["ID"]]


@pytest.mark.parametrize("code", CODES)
def test_versions_do_not_follow_dates_and_template_rows_are_older_than_their_creation(code):
    books = default_books()[code]
    by_version = sorted(rows(books, LINES), key=lambda line: line["Timestamp"])
    accounts = rows(books, ACCOUNTS)

    assert by_version[-1]["Date"] < max(line["Date"] for line in by_version)
    assert any(account["Modified"] < account["Created"] for account in accounts)
    assert all(moment.tzinfo is None for account in accounts for moment in (account["Created"], account["Modified"]))


@pytest.mark.parametrize("code", CODES)
def test_both_statuses_occur_and_only_the_current_period_is_open(code):
    books = default_books()[code]
    year, period = next(key for key, span in calendar(books).items() if span[0] <= TODAY <= span[1])
    open_periods = {
        (line["FinancialYear"], line["FinancialPeriod"]) for line in rows(books, LINES) if line["Status"] == 20
    }

    assert {line["Status"] for line in rows(books, LINES)} == {20, 50}
    assert open_periods == {(year, period)}


@pytest.mark.parametrize("code", CODES)
def test_accounts_without_lines_and_lines_in_every_journal_type(code):
    books = default_books()[code]
    used = {line["GLAccount"] for line in rows(books, LINES)}
    journals = {row["Code"]: row["Type"] for row in rows(books, "financial/Journals")}

    assert len(set(books.tables[ACCOUNTS]) - used) >= 50
    assert len(used) >= 75
    assert {journals[line["JournalCode"]] for line in rows(books, LINES)} == {10, 12, 20, 22, 90}


@pytest.mark.parametrize("code", CODES)
def test_texts_and_padding_are_as_exact_sends_them(code):
    books = default_books()[code]
    lines, relations = rows(books, LINES), rows(books, "sync/CRM/Accounts")
    texts = "".join(line["Description"] or "" for line in lines) + "".join(row["Name"] for row in relations)

    assert {character for character in "\"'<>é🎉" if character not in texts} == set()
    assert {len(row["Code"]) for row in relations} == {18}
    assert all(row["Code"].startswith(" ") for row in relations)
    assert {len(row["Country"]) for row in relations} == {3}
    assert {len(line["VATCode"]) for line in lines if line["VATCode"]} == {3}
    assert {None, ""} <= {line["Notes"] for line in lines}
    assert {None, NO_GUID} <= {line["Document"] for line in lines}


@pytest.mark.parametrize("code", [1000001, 1000002, 1000004, 1000005])
def test_dutch_charts_map_to_two_rgs_versions_and_leave_some_out(code):
    books = default_books()[code]
    schemes = {row["Code"]: row["ID"] for row in rows(books, "financial/GLSchemes")}
    nodes = books.tables["sync/Financial/GLClassifications"]
    mapped = defaultdict(set)
    for row in rows(books, "financial/GLAccountClassificationMappings"):
        assert nodes[row["Classification"]]["TaxonomyNamespace"] == row["GLSchemeID"]
        assert row["GLAccount"] not in mapped[row["GLSchemeCode"]]
        mapped[row["GLSchemeCode"]].add(row["GLAccount"])
    used = {line["GLAccount"] for line in rows(books, LINES)}

    assert set(schemes) == set(mapped) == {"1", "RGS3.3", "RGS3.5"}
    assert len(mapped["RGS3.5"]) >= 0.75 * len(books.tables[ACCOUNTS])
    assert used - mapped["RGS3.5"]
    assert all(row["Parent"] in nodes for row in nodes.values() if row["Parent"])


def test_belgian_chart_has_the_base_scheme_only():
    books = default_books()[1000003]

    assert {row["Code"] for row in rows(books, "financial/GLSchemes")} == {"1"}
    assert {row["Code"][0] for row in rows(books, ACCOUNTS)} == set("1234567")
    assert {row["ReportingCode"] for row in rows(books, ACCOUNTS)} == {None}


def test_entry_numbers_repeat_across_journals_in_one_administration():
    repeated = {}
    for code in CODES:
        journals = defaultdict(set)
        for line in rows(default_books()[code], LINES):
            journals[line["EntryNumber"]].add(line["JournalCode"])
        repeated[code] = any(len(found) > 1 for found in journals.values())

    assert repeated == dict.fromkeys(CODES, False) | {1000002: True}


def test_only_the_small_administration_lacks_modules():
    assert {code: bool(books.unavailable) for code, books in default_books().items()} == dict.fromkeys(CODES, False) | {
        1000005: True
    }


@pytest.mark.parametrize("code", CODES)
def test_budgets_rates_and_vat_have_rows_that_fit_their_parents(code):
    books = default_books()[code]
    scenarios = set(books.tables["beta/budget/BudgetScenarios"])
    codes = set(books.tables["vat/VATCodes"])

    assert {row["BudgetScenario"] for row in rows(books, "budget/Budgets")} == scenarios
    assert {row["VATCodeID"] for row in rows(books, "vat/VatPercentages")} == codes
    assert {row["TargetCurrency"] for row in rows(books, "financial/ExchangeRates")} == {books.division["Currency"]}
    assert {line["VATCode"] for line in rows(books, LINES)} - {None} <= {
        row["Code"] for row in rows(books, "vat/VATCodes")
    }
