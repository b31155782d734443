"""Manage what is connected: schedule, pause, mapping, doctor, a revoked grant, a new code, deleting one and all."""

from __future__ import annotations

import csv
import io

import pytest

from tests.web.conftest import ADMIN, frame_of
from tests.web.test_connecting import BELGIAN, FIRST, SECOND

pytestmark = pytest.mark.slow


def id_of(office, code: int, environment: str = "nl") -> int:
    return office.sql(
        "select administration_id from exact_ops.administrations where division_code = %s and environment = %s",
        code,
        environment,
    )[0][0]


def dag(office, code: int) -> tuple:
    return office.airflow_sql(
        "select is_paused, timetable_summary from dag where dag_id = %s", f"exact_online_nl_{code}"
    )[0]


def test_schedule_and_pause_reach_airflow(office):
    page = office.page(ADMIN)
    here = f"{office.url}/exact-online/administrations/{id_of(office, SECOND)}/manage"
    page.goto(here)
    page.select_option("select[name=rhythm]", "weekdays")
    page.fill("input[name=time]", "07:15")
    page.click("button:has-text('Change schedule')")
    page.wait_for_selector("text=The new schedule is stored")
    assert "Monday to Friday at 07:15" in page.inner_text("main")
    office.wait(lambda: "15 7 * * 1-5" in str(dag(office, SECOND)[1]), 20, "the new schedule")
    page.goto(here)
    page.click("button:has-text('Pause')")
    page.wait_for_selector("text=Paused. Nothing is imported")
    assert dag(office, SECOND)[0] is True
    page.goto(here)
    page.click("button:has-text('Resume')")
    page.wait_for_selector("text=Resumed.")
    assert dag(office, SECOND)[0] is False
    page.goto(here)
    page.select_option("select[name=rhythm]", "nightly")
    page.click("button:has-text('Change schedule')")
    page.wait_for_selector("text=The new schedule is stored")
    page.close()


def test_a_mapping_is_saved_shown_downloaded_uploaded_and_undone(office):
    page, id_ = office.page(ADMIN), id_of(office, FIRST)
    page.goto(f"{office.url}/exact-online/mapping?administration={id_}")
    code = page.locator("tr[id^=account-]").first.get_attribute("id").removeprefix("account-")
    page.locator("tr[id^=account-] a:has-text('Map')").first.click()
    page.wait_for_selector("select[name=reporting_line_code]")
    line = page.locator("select[name=reporting_line_code] option").nth(3).get_attribute("value")
    page.select_option("select[name=reporting_line_code]", line)
    page.fill("input[name=comment]", "as agreed <b>with</b> the auditor")
    runs = office.airflow_sql("select count(*) from dag_run where dag_id = 'exact_online_marts'")[0][0]
    page.click("button:has-text('Save')")
    page.wait_for_selector("text=Saved. The marts are being built")
    stored = office.sql(
        "select account_code, reporting_line_code, author, comment from exact_ops.account_mapping_overrides"
    )
    assert [(each[0], each[1], each[3]) for each in stored] == [(code, line, "as agreed <b>with</b> the auditor")]
    assert stored[0][2], "with its author"
    assert office.airflow_sql("select count(*) from dag_run where dag_id = 'exact_online_marts'")[0][0] > runs
    with page.expect_download() as download:
        page.click("text=Download (CSV)")
    content = download.value.path().read_text("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(content))
    assert (row["account_code"], row["reporting_line_code"]) == (code, line)
    page.click("summary:has-text('Upload a file')")
    page.set_input_files(
        "input[name=file]",
        {"name": "m.csv", "mimeType": "text/csv", "buffer": content.replace(line, "NO_SUCH").encode()},
    )
    page.click("button:has-text('Upload')")
    page.wait_for_selector("text=unknown reporting line: NO_SUCH")
    page.goto(f"{office.url}/exact-online/mapping?administration={id_}")
    page.click("summary:has-text('Upload a file')")
    page.set_input_files("input[name=file]", {"name": "m.csv", "mimeType": "text/csv", "buffer": content.encode()})
    page.click("button:has-text('Upload')")
    page.wait_for_selector("text=The file is stored")
    page.click("button:has-text('Undo')")
    page.wait_for_selector("text=Undone.")
    page.click("button:has-text('Undo')")
    page.wait_for_selector("text=Undone.")
    assert office.sql("select count(*) from exact_ops.account_mapping_overrides where withdrawn_at is null") == [(0,)]
    page.close()
    office.wait(office.marts_are_green, 240, "green marts")


def test_the_doctor_names_what_is_wrong_and_what_to_click(office):
    page = office.page(ADMIN)
    page.goto(f"{office.url}/exact-online/doctor?administration={id_of(office, FIRST)}")
    page.click("button:has-text('Examine')")
    page.wait_for_selector("ol.checks")
    assert page.locator("section h2").all_inner_texts() == [
        "Administration not found",
        "Account missing",
        "Analytical axis missing",
        "Figures differ",
        "Import fails",
    ]
    page.goto(f"{office.url}/exact-online/doctor")
    page.fill("input[name=code]", "4711")
    page.select_option("select[name=about]", "not_found")
    page.click("button:has-text('Examine')")
    page.wait_for_selector("text=is not in the list of")
    assert "Security centre" in page.inner_text("main")
    office.sandbox("POST", "revoke", json={"division": FIRST})
    try:
        page.goto(f"{office.url}/exact-online/doctor?administration={id_of(office, FIRST)}&about=import")
        page.click("button:has-text('Examine')")
        page.wait_for_selector("text=is not in the list of")
    finally:
        office.sandbox("POST", "revoke", json={"division": FIRST, "restore": True})
        page.close()


def sync(office, page, code: int) -> None:
    page.goto(f"{office.url}/exact-online/administrations/{id_of(office, code)}")
    page.click("button:has-text('Sync now')")
    page.wait_for_selector("text=The import is queued")


def last_run(office, code: int) -> tuple:
    return office.airflow_sql(
        "select id, state from dag_run where dag_id = %s order by id desc limit 1", f"exact_online_nl_{code}"
    )[0]


def test_after_a_revoked_grant_reconnecting_resumes_the_imports_from_their_watermarks(office):
    lines = office.sql("select count(*), max(load_id) from exact_raw.transaction_lines")[0]
    office.sandbox("POST", "revoke", json={})
    office.sandbox("POST", "clock", json={"seconds": 1200})
    office.sandbox("POST", "clock", office.belgium, json={"seconds": 1200})
    office.age_grants()
    page = office.page(ADMIN)
    sync(office, page, FIRST)
    office.wait(lambda: last_run(office, FIRST)[1] == "failed", 90, "the import fails")
    failed = last_run(office, FIRST)[0]
    page.goto(f"{office.url}/plugin/exact-online")
    frame = frame_of(page)
    card = frame.locator("section[data-state=reconnect_required]")
    assert card.count() == 1, "the other country goes on"
    assert "Reconnect needed" in card.inner_text()
    assert "Failed because" in card.inner_text()
    card.locator("button:has-text('Reconnect')").click()
    frame.click("#authenticate")
    office.consent(page)
    frame = frame_of(page)
    frame.wait_for_selector("text=Connected again")
    assert frame.locator("section[data-state=reconnect_required]").count() == 0
    office.wait(lambda: last_run(office, FIRST)[0] > failed, 20, "a new run by itself")
    office.wait(lambda: last_run(office, FIRST)[1] == "success", 120, "the import")
    office.wait(lambda: last_run(office, SECOND)[1] == "success", 120, "the second import")
    again = office.sql("select count(*), max(load_id) from exact_raw.transaction_lines")[0]
    assert again == lines, "nothing was read anew"
    page.close()


def test_a_new_code_keeps_the_administrations_id_and_history(office):
    """The user may see five administrations; the fifth stands for the second after its move."""
    page, id_ = office.page(ADMIN), id_of(office, SECOND)
    page.goto(f"{office.url}/exact-online/administrations/{id_}/manage")
    page.fill("input[name=code]", str(FIRST))
    page.click("button:has-text('Reselect')")
    page.wait_for_selector(f"text=code {FIRST} is already connected")
    page.close()
    assert id_of(office, SECOND) == id_


def delete(page, name: str, data: str, button: str) -> None:
    page.check(f"input[name=data][value={data}]")
    page.fill("form[data-typed] input[name=typed]", name)
    page.click(f"button:has-text('{button}')")
    page.wait_for_selector("text=Removed. The receipt is below.")


def test_deleting_one_keeps_the_others_running(office):
    page, id_ = office.page(ADMIN), id_of(office, SECOND)
    (name,) = office.sql("select name from exact_ops.administrations where administration_id = %s", id_)[0]
    page.goto(f"{office.url}/exact-online/administrations/{id_}/manage")
    delete(page, name, "keep", "Delete administration")
    assert name in page.inner_text("main")
    assert "Kept" in page.inner_text("main")
    connected = office.sql("select division_code from exact_ops.administrations where is_connected order by 1")
    assert connected == [(FIRST,), (BELGIAN,)]
    rows = "select count(*) > 0 from exact_raw.transaction_lines where administration_id = %s"
    assert office.sql(rows, id_) == [(True,)], "its data stays"
    sync(office, page, FIRST)
    office.wait(lambda: last_run(office, FIRST)[1] == "success", 240, "the other one still imports")
    office.wait(
        lambda: (
            office.airflow_sql("select is_stale from dag where dag_id = %s", f"exact_online_nl_{SECOND}") == [(True,)]
        ),
        120,
        "its DAG goes",
    )
    page.close()


_OPEN_RECEIPTS = "select count(*) from exact_ops.removals where closed_at is null"


def test_deleting_everything_with_its_data_leaves_receipts_and_nothing_else(office):
    page = office.page(ADMIN)
    page.goto(f"{office.url}/exact-online/removed")
    page.fill("form[data-typed] input[name=typed]", page.get_attribute("form[data-typed]", "data-typed"))
    page.click("button:has-text('Purge the data')")
    page.wait_for_selector("text=Removed. The receipt is below.")
    for integration_id, _ in office.sql("select integration_id, environment from exact_ops.integrations"):
        page.goto(f"{office.url}/exact-online/integrations/{integration_id}/manage")
        assert page.locator("button:has-text('Delete integration')").is_disabled()
        delete(page, page.get_attribute("form[data-typed]", "data-typed"), "purge", "Delete integration")
    for table in ("integrations", "administrations", "loads", "watermarks"):
        assert office.sql(f"select count(*) from exact_ops.{table}") == [(0,)], table
    tables = office.sql("select table_name from information_schema.tables where table_schema = 'exact_raw'")
    assert [name for (name,) in tables if office.sql(f'select count(*) from exact_raw."{name}"') != [(0,)]] == []
    office.wait(lambda: office.sql(_OPEN_RECEIPTS) == [(0,)], 180, "the receipts are closed")
    assert office.sql("select count(*) from marts.fct_gl_transaction_lines") == [(0,)]
    page.reload()
    assert "Open: the next build" not in page.inner_text("main")
    assert "Closed" in page.inner_text("main")
    page.goto(f"{office.url}/exact-online/")
    assert page.inner_text("h2") == "Nothing is connected yet"
    page.close()
