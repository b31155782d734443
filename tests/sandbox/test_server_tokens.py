"""Rotation of token pairs, with Exact's own words for each refusal, and what survives a restart."""

from __future__ import annotations

import json
import os
from unittest.mock import Mock

import pytest

from tests.sandbox.serving import JOURNALS, MAIN, OTHER, serving

OLD = (401, {"error": "unauthorized_client", "error_description": "Old refresh token used."})
DAY = 86_400


def told(response):
    return response.status_code, response.json()


def rotate(exact):
    """Refresh as soon as Exact allows it; return the pair that was replaced."""
    exact.time.seconds += 570
    before = exact.access_token, exact.refresh_token
    pair = exact.refresh().json()
    exact.access_token, exact.refresh_token = pair["access_token"], pair["refresh_token"]
    return before


def works(exact, access_token=None):
    token = access_token or exact.access_token
    return exact.get(f"{MAIN}/{JOURNALS}", Authorization=f"Bearer {token}").status_code == 200


def test_a_refresh_before_570_seconds_is_refused_and_harms_nothing(connected):
    connected.time.seconds += 569.9
    response = connected.refresh()
    assert told(response) == (
        400,
        {"error": "access_denied", "error_description": "Rate limit exceeded: access_token not expired"},
    )
    assert response.headers["Reason"].startswith("TooEarlyToRefreshTokens: ")
    assert works(connected)
    connected.time.seconds += 0.1
    assert connected.refresh().status_code == 200


def test_both_access_tokens_work_until_the_older_is_600_seconds_old(connected):
    old_access, _ = rotate(connected)
    connected.time.seconds += 29
    assert works(connected)
    assert works(connected, old_access)
    connected.time.seconds += 1
    assert not works(connected, old_access)
    assert works(connected)


def test_the_old_refresh_token_is_dead_once_the_new_pair_was_used(connected):
    _, old_refresh = rotate(connected)
    assert works(connected)
    assert told(connected.refresh(old_refresh)) == OLD
    connected.time.seconds += 570
    assert connected.refresh().status_code == 200


def test_the_old_refresh_token_works_once_more_when_the_new_pair_was_never_used(connected):
    _, old_refresh = rotate(connected)
    lost_access, lost_refresh = connected.access_token, connected.refresh_token
    response = connected.refresh(old_refresh)
    assert response.status_code == 200
    connected.access_token = response.json()["access_token"]
    assert works(connected)
    assert not works(connected, lost_access)
    assert told(connected.refresh(lost_refresh)) == OLD
    assert told(connected.refresh(old_refresh)) == OLD


def test_the_second_chance_is_given_once(connected):
    _, old_refresh = rotate(connected)
    assert connected.refresh(old_refresh).status_code == 200
    assert told(connected.refresh(old_refresh)) == OLD


def test_refreshing_the_new_pair_counts_as_its_use(connected):
    _, old_refresh = rotate(connected)
    rotate(connected)
    assert told(connected.refresh(old_refresh)) == OLD


def test_tokens_long_gone_are_still_known_as_old(connected):
    gone = [rotate(connected)[1] for _ in range(4)]
    assert [told(connected.refresh(token)) for token in gone[:3]] == [OLD] * 3


def test_a_token_exact_never_made_is_just_invalid(connected):
    assert told(connected.refresh("stampNL001.nothing")) == (400, {"error": "invalid_request"})
    assert told(connected.refresh(connected.access_token)) == (400, {"error": "invalid_request"})


def test_a_refresh_token_dies_after_30_unused_days(connected):
    connected.time.seconds += 30 * DAY - 1
    rotate_at = connected.time.seconds
    pair = connected.refresh().json()
    connected.time.seconds = rotate_at + 30 * DAY
    moment = "1/22/2027 10:59:59 AM"
    words = f"The refresh token expired at {moment} and it is now {moment}."
    expected = (400, {"error": "invalid_request", "error_description": words})
    assert told(connected.refresh(pair["refresh_token"])) == expected


def test_a_second_consent_of_the_same_user_ends_the_first_chain(connected):
    first_access, first_refresh = connected.access_token, connected.refresh_token
    connected.connect([OTHER])
    assert told(connected.refresh(first_refresh)) == OLD
    assert connected.get(f"{OTHER}/{JOURNALS}", Authorization=f"Bearer {first_access}").status_code == 200
    connected.time.seconds += 570
    assert connected.refresh().status_code == 200


def test_a_revoked_app_is_out_until_the_user_consents_again(connected):
    connected.control("revoke")
    assert not works(connected)
    connected.time.seconds += 570
    assert told(connected.refresh())[1]["error"] == "invalid_grant"
    revoked = connected.access_token
    connected.connect()
    assert works(connected)
    assert not works(connected, revoked)


def test_the_201st_token_call_of_a_day_is_refused_until_midnight(tmp_path, disk_writes):
    with serving(tmp_path) as exact:
        for _ in range(200):
            exact.refresh("x")
        response = exact.refresh("x")
        assert (response.status_code, response.content) == (429, b"")
        exact.time.seconds = (exact.time.seconds // DAY + 1) * DAY
        assert exact.refresh("x").status_code == 400


@pytest.mark.parametrize("is_used", [True, False])
def test_after_a_restart_everybody_knows_the_tokens_they_had(tmp_path, disk_writes, is_used):
    with serving(tmp_path) as exact:
        exact.connect()
        _, old_refresh = rotate(exact)
        if is_used:
            assert works(exact)
        kept = exact.access_token, exact.refresh_token, exact.time.seconds
    with serving(tmp_path) as exact:
        exact.access_token, exact.refresh_token, exact.time.seconds = kept
        assert works(exact) is True
    with serving(tmp_path) as exact:
        exact.access_token, exact.refresh_token, exact.time.seconds = kept
        assert told(exact.refresh(old_refresh)) == OLD
        exact.time.seconds += 570
        assert exact.refresh().status_code == 200


def test_the_old_token_keeps_its_second_chance_over_a_restart(tmp_path, disk_writes):
    with serving(tmp_path) as exact:
        exact.connect()
        _, old_refresh = rotate(exact)
        now = exact.time.seconds
    with serving(tmp_path) as exact:
        exact.time.seconds = now
        assert exact.refresh(old_refresh).status_code == 200


def test_the_pair_is_on_disk_before_it_is_answered(connected, disk_writes, monkeypatch):
    connected.time.seconds += 570
    disk_writes.clear()
    answer = connected.sandbox._oauth.answer
    monkeypatch.setattr(
        connected.sandbox._oauth, "answer", lambda request: (answer(request), disk_writes.append("answer"))[0]
    )
    assert connected.refresh().status_code == 200
    assert disk_writes == ["fsync", "replace", "fsync", "answer"]


def test_a_full_disk_hands_out_no_pair_and_spends_nothing(connected, monkeypatch):
    connected.time.seconds += 570
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", Mock(side_effect=OSError("disk full")))
        response = connected.refresh()
        assert (response.status_code, response.content) == (500, b"Internal error of the sandbox; see its log")
    assert connected.refresh().status_code == 200


def test_no_token_code_or_secret_stands_in_the_state(connected, tmp_path):
    rotate(connected)
    works(connected)
    (file,) = tmp_path.iterdir()
    text = file.read_text("utf-8")
    assert json.loads(text)["version"] == 1
    assert file.stat().st_mode & 0o077 == 0
    for secret in (connected.access_token, connected.refresh_token, "sandbox-secret", "stampNL001"):
        assert secret not in text
