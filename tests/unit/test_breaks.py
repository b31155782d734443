"""The list of broken rules stays true: what it changes is there, and what must go red exists."""

from __future__ import annotations

import re

import pytest

from tests.breaks.catalogue import ROOT, Break, read

BREAKS = read()


@pytest.mark.parametrize("each", BREAKS, ids=[each.rule for each in BREAKS])
def test_a_break_changes_what_stands_there_once(each: Break):
    text = (ROOT / each.file).read_text("utf-8")
    assert text.count(each.before) == 1
    assert each.before != each.after


@pytest.mark.parametrize("each", BREAKS, ids=[each.rule for each in BREAKS])
def test_a_break_names_tests_that_exist(each: Break):
    assert each.tests
    for test in each.tests:
        path, *name = test.split("::")
        text = (ROOT / path).read_text("utf-8")
        assert all(re.search(rf"^def {re.escape(part)}\(", text, re.MULTILINE) for part in name), test


def test_no_rule_is_listed_twice():
    rules = [each.rule for each in BREAKS]
    assert sorted(set(rules)) == sorted(rules)
