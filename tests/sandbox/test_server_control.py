"""The control API: truth, more life, the clock, failures on order, counts. Only this computer may use it."""

from __future__ import annotations

import pytest
import requests

from sandbox.messages import Request
from tests.sandbox.serving import ACCOUNTS, JOURNALS, LINES, MAIN, OTHER, POOR, guid, serving, tiny_books

PATH = f"{MAIN}/{JOURNALS}"


def get(exact, name):
    return exact.session.get(f"{exact.url}/_sandbox/{name}")


def test_health_names_the_books(exact):
    assert get(exact, "health").json() == {
        "status": "ok",
        "today": "2026-11-23",
        "steps": 0,
        "administrations": [MAIN, OTHER, POOR],
        "now": "2026-11-23T11:00:00.000+00:00",
    }


def test_truth_is_what_the_books_say_with_the_rows_of_every_endpoint(exact):
    answer = get(exact, "truth").json()
    assert (answer["today"], answer["steps"]) == ("2026-11-23", 0)
    assert sorted(answer["administrations"]) == [str(MAIN), str(OTHER), str(POOR)]
    figures = answer["administrations"][str(MAIN)]
    assert (figures["lines"], figures["today"]) == (5, "2026-11-23")
    counts = {path: count for path, count in figures["rows_by_endpoint"].items() if count}
    assert counts == {
        **dict.fromkeys([LINES, "bulk/Financial/TransactionLines", "financialtransaction/TransactionLines"], 5),
        **dict.fromkeys([ACCOUNTS, "bulk/Financial/GLAccounts", "financial/GLAccounts", "sync/Deleted"], 1),
        **dict.fromkeys(["cashflow/Receivables", "bulk/Cashflow/Receivables"], 3),
        **dict.fromkeys(["cashflow/Payments", "bulk/Cashflow/Payments"], 2),
        "sync/Cashflow/PaymentTerms": 5,
        JOURNALS: 3,
    }


def test_all_books_live_on_and_come_back_the_same_after_a_restart(tmp_path, disk_writes):
    def lives(exact):
        return [tables.administration.lives for tables in exact.sandbox.world.tables.values()]

    with serving(tmp_path) as exact:
        assert exact.control("advance", steps=2) == {"steps": 2}
        assert exact.control("advance") == {"steps": 3}
        before = lives(exact)
    with serving(tmp_path) as exact:
        assert lives(exact) == before
        assert [len(one) for one in before] == [3, 3, 3]
        assert before[0] != before[1]
        assert exact.control("advance", steps=1) == {"steps": 4}


def test_the_clock_moves_forward_and_stays_there_after_a_restart(tmp_path, disk_writes):
    with serving(tmp_path) as exact:
        exact.connect()
        exact.control("clock", seconds=570)
        pair = exact.refresh().json()
    with serving(tmp_path) as exact:
        health = get(exact, "health")
        assert health.json()["now"] == "2026-11-23T11:09:30.000+00:00"
        assert health.headers["Date"] == "Mon, 23 Nov 2026 11:09:30 GMT"
        exact.access_token = pair["access_token"]
        assert exact.get(PATH).status_code == 200


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("advance", {"steps": 0}),
        ("advance", {"steps": "2"}),
        ("advance", {"steps": True}),
        ("advance", {"steps": 10_001}),
        ("clock", {"seconds": -1}),
        ("clock", {}),
        ("faults", {"kind": "status"}),
        ("faults", {"kind": "other"}),
        ("faults", {"status": 500, "times": 0}),
        ("faults", {"status": 500, "colour": "red"}),
        ("faults", ["x"]),
        ("divisions", {"code": MAIN, "values": {"Nothing": 1}}),
        ("divisions", {"code": MAIN, "values": {"StartDate": "soon"}}),
        ("divisions", {"code": 42, "values": {"Status": 1}}),
    ],
    ids=str,
)
def test_wrong_requests_are_refused_and_change_nothing(exact, name, content):
    response = exact.session.post(f"{exact.url}/_sandbox/{name}", json=content)
    assert response.status_code == 400
    assert response.json()["error"]
    assert (get(exact, "health").json()["steps"], get(exact, "faults").json()) == (0, [])


def test_a_page_of_another_site_cannot_use_it(exact):
    response = exact.session.post(f"{exact.url}/_sandbox/advance", data='{"steps": 1}')
    assert response.status_code == 400


def test_other_computers_cannot_use_it(exact):
    for peer, status in (("192.0.2.7", 403), ("::ffff:192.0.2.7", 403), ("127.0.0.9", 200), ("::1", 200)):
        assert exact.sandbox.handle(Request("GET", "/_sandbox/health", peer=peer)).status == status


def test_unknown_requests_are_told_what_there_is(exact):
    response = get(exact, "advance")
    assert response.status_code == 404
    assert "POST /_sandbox/advance" in response.json()["known"]


def statuses(exact, count, path=PATH):
    return [exact.get(path).status_code for _ in range(count)]


def test_a_fault_hits_the_calls_it_was_ordered_for(connected):
    connected.control("faults", path_contains="Journals", nth=2, times=2, status=503)
    assert statuses(connected, 1, f"{MAIN}/system/Divisions") == [200]
    assert statuses(connected, 4) == [200, 503, 503, 200]
    assert get(connected, "faults").json() == []


def test_a_fault_brings_its_own_body_and_headers(connected):
    connected.control(
        "faults", path_contains="skiptoken", status=403, body='{"x":1}', headers={"Reason": "DivisionBlocked"}
    )
    assert statuses(connected, 1) == [200]
    response = connected.get(f"{PATH}?$skiptoken=guid'{guid(0)}'")
    assert (response.status_code, response.json(), response.headers["Reason"]) == (403, {"x": 1}, "DivisionBlocked")


def test_faults_can_be_cancelled(connected):
    connected.control("faults", status=500, times=9)
    connected.session.delete(f"{connected.url}/_sandbox/faults")
    assert statuses(connected, 1) == [200]


def test_a_status_python_does_not_know_is_sent(connected):
    connected.control("faults", status=599)
    assert statuses(connected, 2) == [599, 200]


def test_a_truncated_answer_is_a_whole_message_with_half_a_body(connected):
    whole = connected.get(PATH).content
    connected.control("faults", kind="truncate")
    response = connected.get(PATH)
    assert (response.status_code, response.content) == (200, whole[: len(whole) // 2])
    with pytest.raises(requests.JSONDecodeError):
        response.json()


def test_html_and_empty_answers_have_status_200(connected):
    connected.control("faults", kind="html")
    page = connected.get(PATH)
    assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    connected.control("faults", kind="empty")
    assert connected.get(PATH).text == '{"d":{"results":[]}}'


def test_a_reset_cuts_the_connection_before_anything_happened(connected):
    connected.time.seconds += 570
    connected.control("faults", path_contains="/token", kind="reset")
    with pytest.raises(requests.ConnectionError):
        connected.refresh()
    first = connected.refresh()
    assert first.status_code == 200


def test_a_lost_answer_has_changed_everything(connected):
    connected.time.seconds += 570
    connected.control("faults", path_contains="/token", kind="lost")
    with pytest.raises(requests.ConnectionError):
        connected.refresh()
    assert connected.refresh().status_code == 200  # the second chance of the old token
    assert connected.refresh().status_code == 401


def test_a_slow_answer_comes_late_and_whole(connected, monkeypatch):
    waits = []
    monkeypatch.setattr(connected.sandbox.faults, "_sleep", waits.append)
    connected.control("faults", kind="slow", seconds=7)
    assert len(connected.get(PATH).json()["d"]["results"]) == 3
    assert waits == [7]


def test_calls_are_counted_per_administration_and_endpoint(tmp_path, disk_writes):
    with serving(tmp_path, [tiny_books(MAIN, journals=61), tiny_books(OTHER)]) as exact:
        exact.connect()
        exact.pages(f"{PATH}?$select=ID")
        exact.get("current/Me")
        exact.get(f"{OTHER}/{LINES}(1L)")
        exact.get("nothing")
        for _ in range(58):
            exact.get(PATH)
        assert get(exact, "calls").json() == {
            "calls": {str(MAIN): {JOURNALS: 60}, str(OTHER): {LINES: 1}, "current": {"current/Me": 1, "unknown": 1}},
            "total": 63,
            "refused": 1,
            "statuses": {"200": 60, "404": 2, "429": 1},
            "token_calls": 1,
        }
        exact.session.delete(f"{exact.url}/_sandbox/calls")
        assert get(exact, "calls").json()["total"] == 0
