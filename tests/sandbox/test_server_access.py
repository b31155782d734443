"""Who may read what: tokens, grants, rights, licences, methods, unknown paths, and the lists of administrations."""

from __future__ import annotations

import pytest

from sandbox.schema import entities
from tests.sandbox.serving import JOURNALS, LINES, MAIN, OTHER, POOR, guid, row, serving, tiny_books

LIST = "$select=Code,Status"


def refusal(response):
    return response.status_code, response.json()["error"]["message"]["value"], response.headers.get("Reason")


def codes(response):
    return [one["Code"] for one in response.json()["d"]["results"]]


@pytest.mark.parametrize(
    "authorization", ["", "Bearer", "Bearer nothing", "Basic abc", "Bearer {refresh}", "Bearer {access}x"]
)
def test_without_an_access_token_nothing_is_told(connected, authorization):
    value = authorization.format(refresh=connected.refresh_token, access=connected.access_token)
    response = connected.get(f"{MAIN}/{JOURNALS}", Authorization=value)
    assert refusal(response) == (401, "Unauthorized", None)


def test_an_access_token_dies_at_600_seconds(connected):
    connected.time.seconds += 599.9
    assert connected.get(f"{MAIN}/{JOURNALS}").status_code == 200
    connected.time.seconds += 0.1
    assert connected.get(f"{MAIN}/{JOURNALS}").status_code == 401


def test_an_administration_outside_the_grant_is_forbidden(exact):
    exact.connect([MAIN])
    expected = (403, "Forbidden - User division is not within division scope", "NoDivisionAccess")
    assert refusal(exact.get(f"{OTHER}/{JOURNALS}")) == expected
    assert refusal(exact.get("42/financial/Journals")) == expected
    assert refusal(exact.get(f"{OTHER}/system/Divisions")) == expected
    assert exact.get(f"{MAIN}/{JOURNALS}").status_code == 200


def test_a_right_taken_away_is_missed_at_once_and_can_come_back(connected):
    connected.control("revoke", division=OTHER)
    assert refusal(connected.get(f"{OTHER}/{JOURNALS}")) == (403, "Forbidden", "NoDivisionAccess")
    assert codes(connected.get(f"{MAIN}/system/Divisions?{LIST}")) == [MAIN, POOR]
    assert codes(connected.get(f"{MAIN}/hrm/Divisions?{LIST}")) == [MAIN, POOR]
    assert codes(connected.get(f"{MAIN}/system/AllDivisions?{LIST}")) == [MAIN, OTHER, POOR]
    connected.control("revoke", division=OTHER, restore=True)
    assert connected.get(f"{OTHER}/{JOURNALS}").status_code == 200


def test_the_lists_hold_what_was_granted_and_nothing_else(exact):
    exact.connect([OTHER, POOR])
    for path in ("system/Divisions", "system/AllDivisions", "hrm/Divisions"):
        assert codes(exact.get(f"{OTHER}/{path}?{LIST}")) == [OTHER, POOR]


def test_hrm_lists_have_status_codes_of_their_own(connected):
    connected.control("divisions", code=OTHER, values={"Status": 2, "ArchiveDate": "2026-11-01T00:00:00"})
    connected.control("divisions", code=POOR, values={"Status": 0})
    for path, expected in (("system/Divisions", [1, 2, 0]), ("hrm/Divisions", [0, 1, 0])):
        rows = connected.get(f"{MAIN}/{path}?{LIST},ArchiveDate").json()["d"]["results"]
        assert [one["Status"] for one in rows] == expected
        assert [one["ArchiveDate"] for one in rows] == [None, "/Date(1793491200000)/", None]


def test_divisions_can_be_filtered_by_code(connected):
    assert codes(connected.get(f"{MAIN}/system/Divisions?{LIST}&$filter=Code eq {OTHER}")) == [OTHER]


def test_me_names_the_user_the_current_administration_and_the_servers_wall_time(connected):
    (me,) = connected.get("current/Me").json()["d"]["results"]
    shown = {name: me[name] for name in ("UserName", "CurrentDivision", "ServerTime", "ServerUtcOffset", "Legislation")}
    assert shown == {
        "UserName": "demo@example.com",
        "CurrentDivision": MAIN,
        "ServerTime": "2026-11-23T12:00:00",
        "ServerUtcOffset": 3600,
        "Legislation": "1",
    }
    assert list(me) == ["__metadata", *entities()["current/Me"].fields]


def test_the_current_administration_is_one_the_app_may_read(exact):
    exact.connect([OTHER, POOR])
    assert exact.get("current/Me?$select=CurrentDivision").json()["d"]["results"][0]["CurrentDivision"] == OTHER


@pytest.mark.parametrize(
    "path",
    [
        f"{MAIN}/financial/journals",
        f"{MAIN}/Financial/Journals",
        f"{MAIN}/hrm/CostCenters",
        f"{MAIN}/financial/Nothing",
        f"{MAIN}/financial/ExchangeRates",
        f"{MAIN}/current/Me",
        f"{MAIN}/",
        f"{MAIN}",
        "financial/Journals",
        "current/me",
        "beta/financial/Journals",
        f"beta/{MAIN}/financial/Journals",
        f"{MAIN}/{JOURNALS}/",
        "",
    ],
)
def test_paths_are_exact_to_the_letter(connected, path):
    assert connected.get(path or "/").status_code == 404


def test_the_beta_path_is_served(connected):
    path = "beta/budget/BudgetScenarios"
    connected.sandbox.world.tables[MAIN].administration.tables[path] = {guid(1): row(path, ID=guid(1))}
    (scenario,) = connected.get(f"beta/{MAIN}/budget/BudgetScenarios").json()["d"]["results"]
    assert (
        scenario["__metadata"]["uri"] == f"{connected.url}/api/v1/beta/{MAIN}/budget/BudgetScenarios(guid'{guid(1)}')"
    )


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"])
def test_the_api_is_for_reading_only(connected, method):
    headers = {"Authorization": f"Bearer {connected.access_token}", "Accept": "application/json"}
    response = connected.session.request(method, f"{connected.url}/api/v1/{MAIN}/{JOURNALS}", headers=headers)
    assert (response.status_code, response.headers["Allow"]) == (405, "GET")


def test_what_the_licence_lacks_answers_with_its_own_status(tmp_path, disk_writes):
    books = tiny_books(MAIN)
    books.unavailable = {"project/": 403, "budget/": 404}
    books.tables |= {"project/ProjectClassifications": {}, "budget/Budgets": {}}
    with serving(tmp_path, [books]) as exact:
        exact.connect()
        assert refusal(exact.get(f"{MAIN}/project/ProjectClassifications")) == (403, "Forbidden", None)
        assert exact.get(f"{MAIN}/budget/Budgets").status_code == 404
        for path, right in (("project/Projects", False), ("budget/Budgets", False), (JOURNALS, True), ("x/Y", False)):
            response = exact.get(f"{MAIN}/users/UserHasRights?endpoint='{path}'&action='GET'")
            assert response.json() == {"d": {"UserHasRights": right}}, path


@pytest.mark.parametrize("query", ["", "?endpoint='x'", "?endpoint=x&action='GET'", "?endpoint='x'&action=1"])
def test_the_question_for_rights_needs_both_texts(connected, query):
    assert connected.get(f"{MAIN}/users/UserHasRights{query}").status_code == 400


def test_the_app_may_not_write(connected):
    response = connected.get(f"{MAIN}/users/UserHasRights?endpoint='{JOURNALS}'&action='POST'")
    assert response.json() == {"d": {"UserHasRights": False}}


@pytest.mark.parametrize(
    ("moment", "version"),
    [("2026-07-01T16:16:41", 5_000_000_050), ("2026-07-01T16:16:40", 5_000_000_009), ("2026-07-01", 5_000_000_009)],
)
def test_a_date_becomes_a_row_version_below_everything_changed_since(tmp_path, disk_writes, moment, version):
    books = tiny_books(MAIN)
    for one in books.tables[LINES].values():
        one["Modified"] = one["Created"]
    with serving(tmp_path, [books]) as exact:
        exact.connect()
        path = f"{MAIN}/read/sync/Sync/SyncTimestamp?modified=datetime'{moment}'&endPoint='TransactionLines'"
        (answer,) = exact.get(path).json()["d"]["results"]
    assert (answer["TimeStampAsBigInt"], answer["API"]) == (str(version), "TransactionLines")


@pytest.mark.parametrize("query", ["", "?modified=datetime'2026-01-01'", "?modified=x&endPoint='Projects'",
                                   "?modified=datetime'2026-01-01'&endPoint='PaymentTerms'"])  # fmt: skip
def test_not_every_endpoint_knows_its_dates(connected, query):
    assert connected.get(f"{MAIN}/read/sync/Sync/SyncTimestamp{query}").status_code == 400


@pytest.mark.parametrize(
    ("path", "numbers"),
    [("cashflow/Receivables", [0, 2, 4]), ("bulk/Cashflow/Receivables", [0, 2, 4]), ("cashflow/Payments", [1, 3])],
)
def test_terms_show_as_receivables_and_payments(connected, path, numbers):
    rows = connected.get(f"{MAIN}/{path}?$select=ID").json()["d"]["results"]
    assert [one["ID"] for one in rows] == [guid(number) for number in numbers]


def test_control_totals_are_computed_by_the_books(tmp_path, disk_writes):
    path = "financial/ReportingBalance"
    books = tiny_books(MAIN)
    books.derived_rows = [row(path, ID=n, ReportingYear=2025 + n % 2, Amount=n) for n in range(1, 150)]
    with serving(tmp_path, [books]) as exact:
        exact.connect()
        pages = exact.pages(f"{MAIN}/{path}?$select=ID&$filter=ReportingYear eq 2026")
    assert [one["ID"] for page in pages for one in page] == [str(n) for n in range(1, 150, 2)]
