"""The sandbox on a smaller scale: Exact's limits within reach of little work."""

from __future__ import annotations

import pytest

from tests.sandbox.serving import JOURNALS, LINES, MAIN, OTHER

OF_MAIN, OF_OTHER = f"{MAIN}/{JOURNALS}?$select=ID", f"{OTHER}/{JOURNALS}?$select=ID"
SYNC = f"{MAIN}/{LINES}?$select=ID,Timestamp"


def test_a_smaller_limit_is_told_and_kept_until_exacts_own_is_back(connected):
    assert connected.control("scale", calls_per_minute=2) == {"calls_per_minute": 2, "page_rows": None}
    answers = [connected.get(OF_MAIN) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    told = [(a.headers["X-RateLimit-Minutely-Limit"], a.headers["X-RateLimit-Minutely-Remaining"]) for a in answers]
    assert told == [("2", "1"), ("2", "0"), ("2", "0")]
    assert connected.get(OF_OTHER).status_code == 200
    assert connected.control("scale") == {"calls_per_minute": 60, "page_rows": None}
    assert connected.get(OF_MAIN).headers["X-RateLimit-Minutely-Remaining"] == "57"


def test_smaller_pages_hold_the_same_rows(connected):
    (whole,) = connected.pages(SYNC)
    assert len(whole) == 5
    connected.control("scale", page_rows=2)
    pages = connected.pages(SYNC)
    assert [len(page) for page in pages] == [2, 2, 1]
    assert [row for page in pages for row in page] == whole


@pytest.mark.parametrize("wrong", [{"calls_per_minute": 0}, {"page_rows": True}, {"page_rows": "2"}, {"pages": 2}])
def test_a_wrong_scale_is_refused_and_changes_nothing(connected, wrong):
    connected.control("scale", calls_per_minute=30)
    assert connected.session.post(f"{connected.url}/_sandbox/scale", json=wrong).status_code == 400
    assert connected.get(OF_MAIN).headers["X-RateLimit-Minutely-Limit"] == "30"
