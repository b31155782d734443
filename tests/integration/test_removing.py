"""Taking administrations out: receipts, kept and purged data, whole integrations, a new code for an old one."""

from __future__ import annotations

import pytest

from exact_online import apps, builds, catalogue, manage, overview, registry, removing
from exact_online.cipher import Cipher
from exact_online.errors import ConfigError
from tests.conftest import DIVISION

pytestmark = pytest.mark.integration


@pytest.fixture
def loaded(connection, administration_id):
    """An administration with three journals, one ledger line and a watermark."""
    for endpoint, rows in (("journals", 3), ("transaction_lines", 1)):
        connection.execute(
            "insert into exact_ops.loads (administration_id, endpoint, data_set, run_id, kind, outcome, finished_at, "
            "rows_read, rows_inserted) "
            "values (%s, %s, 'general_ledger', 'run-1', 'snapshot', 'succeeded', now(), %s, %s)",
            (administration_id, endpoint, rows, rows),
        )
        for number in range(rows):
            connection.execute(
                f"insert into exact_raw.{endpoint} (administration_id, id, payload, load_id) "
                "values (%s, %s, '{}', 1)",
                (administration_id, str(number)),
            )
    connection.execute("insert into exact_ops.watermarks values (%s, 'transaction_lines', 7)", (administration_id,))
    return registry.administration(connection, administration_id)


def raw_rows(connection) -> int:
    return sum(
        connection.execute(f'select count(*) from exact_raw."{name}"').fetchone()[0] for name in catalogue.endpoints()
    )


def test_a_purge_leaves_a_receipt_that_the_next_build_closes(connection, loaded):
    (removed,) = removing.remove(connection, [loaded], True, "anna")
    assert removed.dag_id == f"exact_online_nl_{DIVISION}"
    assert raw_rows(connection) == 0
    (receipt,) = removing.receipts(connection)
    assert (receipt.removed_by, receipt.name, receipt.is_purged, receipt.rows_removed) == ("anna", "Demo", True, 4)
    assert receipt.closed_at is None
    builds.begin(connection, "build-1")
    assert removing.receipts(connection)[0].closed_at is None, "a build under way has shown nothing yet"
    builds.finish(connection, "build-1")
    assert removing.receipts(connection)[0].closed_at is not None


def test_a_build_that_began_before_the_removal_does_not_close_its_receipt(connection, loaded):
    builds.begin(connection, "build-1")
    removing.remove(connection, [loaded], True, "anna")
    builds.finish(connection, "build-1")
    assert removing.receipts(connection)[0].closed_at is None


def test_kept_data_stays_and_the_same_id_goes_on(connection, loaded, integration_id):
    removing.remove(connection, [loaded], False, "anna")
    assert raw_rows(connection) == 4
    (receipt,) = removing.receipts(connection)
    assert (receipt.is_purged, receipt.rows_removed) == (False, 0)
    assert receipt.closed_at is not None, "nothing is left to do"
    division = {"Code": DIVISION, "Description": "Demo"}
    again = registry.select_administrations(connection, integration_id, "nl", [division])
    assert again == [loaded.administration_id]
    assert overview.situation(connection, loaded.administration_id).rows_stored == 4


def test_a_whole_integration_goes_with_its_administrations_and_no_other(connection, loaded, integration_id):
    other = registry.select_administrations(connection, integration_id, "be", [{"Code": 5, "Description": "B"}])
    connection.execute("update exact_ops.administrations set integration_id = null where administration_id = %s", other)
    removed = removing.remove_integration(connection, integration_id, False, "anna")
    assert removed == [f"exact_online_nl_{DIVISION}"]
    assert registry.integrations(connection) == []
    assert [each.administration_id for each in registry.administrations(connection)] == other
    with pytest.raises(ConfigError, match="does not exist"):
        removing.remove_integration(connection, integration_id, False, "anna")


def test_a_new_code_keeps_id_history_and_data(connection, loaded):
    registry.reselect(connection, loaded.administration_id, {"Code": 78, "Description": "Demo NV", "Currency": "EUR"})
    found = registry.administration(connection, loaded.administration_id)
    assert (found.division_code, found.name, found.status) == (78, "Demo NV", "waiting")
    assert raw_rows(connection) == 4
    assert overview.situation(connection, loaded.administration_id).run_id == "run-1"


def test_a_code_that_is_here_already_is_refused_before_any_change(connection, loaded, integration_id):
    registry.select_administrations(connection, integration_id, "nl", [{"Code": 78, "Description": "Other"}])
    with pytest.raises(ConfigError, match="78 is already connected as Other"):
        registry.reselect(connection, loaded.administration_id, {"Code": 78, "Description": "x"})
    assert registry.administration(connection, loaded.administration_id).division_code == DIVISION
    assert connection.execute("select count(*) from exact_ops.full_reads_due").fetchone() == (0,)


def test_a_name_of_our_own_shows_everywhere_until_it_is_emptied(connection, loaded, integration_id):
    manage.rename_administration(connection, loaded.administration_id, "  Mine   <b> ")
    manage.rename_integration(connection, integration_id, "Head office")
    assert registry.administration(connection, loaded.administration_id).name == "Mine <b>"
    found = overview.situation(connection, loaded.administration_id)
    assert (found.name, found.exact_name) == ("Mine <b>", "Demo")
    assert registry.integrations(connection)[0].label == "Head office"
    manage.rename_administration(connection, loaded.administration_id, " ")
    assert registry.administration(connection, loaded.administration_id).name == "Demo"
    with pytest.raises(ConfigError, match="at most 120"):
        manage.rename_administration(connection, loaded.administration_id, "x" * 121)


def test_an_app_is_used_again_without_its_secret_being_shown(connection, integration_id):
    (known,) = apps.known(connection)
    assert (known.environment, known.client_id) == ("nl", "app")
    assert "app-secret" not in repr(known)
    environment, app = apps.registered(connection, Cipher(), integration_id)
    assert (environment, app.client_secret) == ("nl", "app-secret")
    with pytest.raises(ConfigError, match="not known"):
        apps.registered(connection, Cipher(), 999)
