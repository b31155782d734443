"""Manual mapping: author and time, replacing, undo, files down and up without loss."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from exact_online import mapping
from exact_online.errors import ConfigError
from exact_online.mapping import Override

pytestmark = pytest.mark.integration
ONE = Override("nl", 77, "8000", None, None, "REVENUE", None, None, "why")


def live(connection):
    return mapping.stored(connection, "nl", 77, live_only=True)


def test_a_mapping_is_stored_with_author_and_time_and_replaces_the_one_before(connection):
    mapping.save(connection, [ONE], "anna")
    mapping.save(connection, [replace(ONE, reporting_line_code="OTHER_INCOME")], "bob")
    (now,) = live(connection)
    assert (now.reporting_line_code, now.author, now.comment) == ("OTHER_INCOME", "bob", "why")
    assert now.created_at is not None
    history = mapping.stored(connection, "nl", 77, live_only=False)
    assert [(each.author, each.withdrawn_by) for each in history] == [("bob", None), ("anna", "bob")]


def test_undo_brings_back_what_was_replaced(connection):
    mapping.save(connection, [ONE], "anna")
    (second,) = mapping.save(connection, [replace(ONE, reporting_line_code="OTHER_INCOME")], "bob")
    mapping.undo(connection, second, "carl")
    assert [each.reporting_line_code for each in live(connection)] == ["REVENUE"]
    with pytest.raises(ConfigError, match="undone or replaced already"):
        mapping.undo(connection, second, "carl")
    mapping.undo(connection, live(connection)[0].override_id, "carl")
    assert live(connection) == []


def test_one_file_may_not_decide_the_same_twice(connection):
    with pytest.raises(ConfigError, match="two mappings of the same"):
        mapping.save(connection, [ONE, replace(ONE, reporting_line_code="OTHER_INCOME")], "anna")
    assert live(connection) == []


def test_other_axis_values_and_days_stand_beside_each_other(connection):
    others = [replace(ONE, axis="project", axis_code="P1"), replace(ONE, valid_from=date(2026, 1, 1))]
    mapping.save(connection, [ONE, *others], "anna")
    assert len(live(connection)) == 3


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param({"account_code": " "}, "must be given", id="no account"),
        pytest.param({"reporting_line_code": ""}, "must be given", id="no line"),
        pytest.param({"axis": "country", "axis_code": "x"}, "axis must be one of", id="unknown axis"),
        pytest.param({"axis": "project"}, "or neither", id="axis without value"),
        pytest.param({"axis_code": "P1"}, "or neither", id="value without axis"),
        pytest.param({"valid_from": date(2026, 2, 1), "valid_to": date(2026, 1, 1)}, "ends", id="ends too early"),
        pytest.param({"comment": "x" * 501}, "at most 500", id="long comment"),
    ],
)
def test_a_wrong_mapping_is_named_and_nothing_is_stored(connection, change, words):
    with pytest.raises(ConfigError, match=words):
        mapping.save(connection, [ONE, replace(ONE, **change)], "anna")
    assert live(connection) == []


def test_a_file_comes_back_as_it_went_down_whatever_the_names_hold(connection):
    odd = [
        replace(ONE, account_code="=1+1", comment='say "hi", <b>'),
        replace(ONE, account_code="\u00e9\U0001f600", axis="cost_center", axis_code="@x", valid_to=date(2026, 12, 31)),
        replace(ONE, comment=None, valid_from=date(2026, 1, 1)),
    ]
    mapping.save(connection, odd, "anna")
    text = mapping.write_csv(mapping.COLUMNS, [vars(each) for each in live(connection)])
    assert "'=1+1" in text, "no formula for a spreadsheet"
    assert set(mapping.read_csv("\ufeff" + text)) == set(odd)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("a,b\r\n1,2\r\n", "lacks the columns environment", id="other columns"),
        pytest.param(",".join(mapping.COLUMNS) + "\nnl,x,1,,,A,,,\n", "line 2 cannot be read", id="code"),
        pytest.param(",".join(mapping.COLUMNS) + "\nnl,1,1,,,A,31-12-2026,,\n", "line 2 cannot be read", id="date"),
    ],
)
def test_a_file_that_cannot_be_read_names_the_line(text, words):
    with pytest.raises(ConfigError, match=words):
        mapping.read_csv(text)
