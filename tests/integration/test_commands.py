"""Every command about what is connected already, against the real sandbox server and a real PostgreSQL."""

from __future__ import annotations

import pytest

from exact_online import catalogue, registry
from stack import login
from tests.integration.conftest import REDIRECT

pytestmark = pytest.mark.integration
HOLDING, COMPANY, POOR = 1000001, 1000002, 1000005


@pytest.fixture
def holding(connected, command, connection) -> registry.Administration:
    """The holding, connected by command; nothing of it was imported yet."""
    code, _, error = command("select", str(HOLDING), "--json")
    assert code == 0, error
    (found,) = registry.administrations(connection)
    return found


def one(connection, columns: str) -> tuple:
    return connection.execute(f"select {columns} from exact_ops.administrations").fetchone()


def test_a_quote_tells_what_a_full_reading_takes_and_what_may_be_read(connected, command):
    code, found, error = command("quote", str(HOLDING), "--json")
    assert code == 0, error
    assert found["rows"] > 1000
    assert 0 < found["calls"] < 5000
    assert found["days"] == 1
    assert {each["data_set"]: each["is_granted"] for each in found["rights"]} == dict.fromkeys(
        catalogue.DATA_SETS, True
    )
    _, found, _ = command("quote", str(POOR), "--json")
    assert len(found["rights"]) == len(catalogue.DATA_SETS)
    assert command("quote", "404404")[0] == 4


def test_a_name_of_ones_own_is_shown_and_an_empty_one_brings_exacts_back(holding, command, connection):
    assert command("rename", str(HOLDING), "Our holding")[0] == 0
    assert one(connection, "label, name") == ("Our holding", holding.name)
    assert command("rename", str(HOLDING), "")[0] == 0
    assert one(connection, "label") == (None,)
    assert command("rename", "404404", "x")[0] == 4


@pytest.mark.parametrize(
    ("words", "cron"),
    [
        (("daily", "06:30"), "30 6 * * *"),
        (("weekdays", "00:05"), "5 0 * * 1-5"),
        (("weekly",), "0 5 * * 1"),
        (("hourly", "00:17"), "17 * * * *"),
        (("nightly",), None),
    ],
)
def test_a_schedule_is_stored_as_cron(holding, command, connection, words, cron):
    connection.execute("update exact_ops.administrations set schedule = '1 1 * * *'")
    assert command("schedule", str(HOLDING), *words)[0] == 0
    assert one(connection, "schedule") == (cron,)


def test_a_time_that_is_none_changes_nothing(holding, command, connection):
    code, _, error = command("schedule", str(HOLDING), "daily", "25:00")
    assert (code, one(connection, "schedule")) == (2, (None,))
    assert "the time must be written as 05:30" in error


@pytest.mark.parametrize("name", ["pause", "resume", "sync"])
def test_what_airflow_must_do_says_so_where_airflow_is_not_known(holding, command, name):
    code, _, error = command(name, str(HOLDING))
    assert code == 2
    assert "EXACT_ONLINE_AIRFLOW_URL" in error
    assert command(name)[0] == 2, "neither codes nor --all"


def test_a_day_that_is_none_is_wrong_usage(command):
    with pytest.raises(SystemExit) as left:
        command("sync", "1", "--from-date", "2026-02-30")
    assert left.value.code == 2


def test_a_new_code_keeps_id_and_history(holding, command, connection):
    code, said, error = command("reselect", str(HOLDING), str(COMPANY))
    assert code == 0, error
    assert f"{HOLDING} is {COMPANY} now" in said
    assert one(connection, "administration_id, division_code") == (holding.administration_id, COMPANY)
    assert command("reselect", str(COMPANY), "404404")[0] == 4, "a code this user does not see"
    assert one(connection, "division_code") == (COMPANY,)


def test_a_mapping_goes_in_as_csv_comes_out_alike_and_is_stored_whole_or_not_at_all(holding, command):
    header = "environment,division_code,account_code,axis,axis_code,reporting_line_code,valid_from,valid_to,comment\n"
    rows = [f"nl,{HOLDING},1300,,,BVorDebHad,,,debtors\n", f"nl,{HOLDING},4000,cost_center,N,WPerLes,2026-01-01,,\n"]
    assert command("mapping", "--store", "-", stdin=header + "".join(rows))[0] == 0
    code, printed, _ = command("mapping", str(HOLDING))
    assert code == 0
    assert sorted(printed.strip().splitlines()) == sorted((header + "".join(rows)).strip().splitlines())
    wrong = f"nl,{HOLDING},8000,,,,,,no line\n"
    code, _, error = command("mapping", "--store", "-", stdin=header + rows[0] + wrong)
    assert code == 2
    assert "account 8000: account and reporting line must be given" in error
    assert command("mapping", str(HOLDING))[1] == printed
    assert command("mapping")[0] == 2
    assert command("mapping", str(HOLDING), "--store", "-")[0] == 2


def test_what_was_removed_leaves_a_receipt(holding, command):
    assert command("receipts", "--json")[1] == []
    assert command("disconnect", str(HOLDING))[0] == 0
    (receipt,) = command("receipts", "--json")[1]
    assert (receipt["division_code"], receipt["is_purged"]) == (HOLDING, False)
    assert receipt["removed_by"]


def test_the_doctor_checks_a_connected_a_visible_and_an_unknown_administration(holding, command):
    code, found, error = command("doctor", str(HOLDING), "--json")
    assert code == 0, error
    assert {each["complaint"] for each in found} == {"not_found", "account", "axis", "figures", "import"}
    code, unknown, _ = command("doctor", "404404", "--about", "not_found", "--json")
    assert code == 0
    assert [each["remedy"] for each in unknown if each["verdict"] == "problem"]


def test_a_revoked_grant_is_told_by_its_exit_code_and_reconnected_with_its_own_app(
    connected, holding, command, connection
):
    connected("POST", "revoke", json={})
    connection.execute("update exact_ops.integrations set state = 'reconnect_required'")
    code, _, error = command("quote", str(HOLDING))
    assert code == 3, error
    code, address, error = command("connect", "--integration", str(holding.integration_id))
    assert code == 0, error
    redirected = login.consent(address.strip(), REDIRECT)
    assert command("connect", "--redirected-url", "-", stdin=redirected + "\n")[0] == 0
    assert command("quote", str(HOLDING))[0] == 0
    assert len(registry.integrations(connection)) == 1
    assert command("connect", "--integration", "99")[0] == 2
