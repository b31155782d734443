"""The books are the same for the same seed, live on step by step, and know nothing of the pipeline."""

from __future__ import annotations

import ast
import random
from collections import Counter
from pathlib import Path

import pytest

from sandbox.books import Administration, build_books
from tests.sandbox import test_books_terms as terms_rules
from tests.sandbox.books import ACCOUNTS, CODES, LINES, TERMS, TODAY, ZERO, entry_sums, fresh_small, rows

PACKAGE = Path(__file__).resolve().parents[2] / "sandbox" / "books"
A_ROUND = 8  # one of every kind of event


def everything(books: Administration) -> dict:
    return {"division": books.division, "tables": books.tables, "truth": books.truth(TODAY)}


def test_two_builds_are_identical():
    first, second = (build_books(7, "small", TODAY) for _ in range(2))

    assert [everything(books) for books in first] == [everything(books) for books in second]


def test_another_seed_gives_other_books():
    assert fresh_small(1000001, seed=1).tables[LINES].keys() != fresh_small(1000001, seed=2).tables[LINES].keys()


@pytest.mark.parametrize("code", CODES)
def test_steps_taken_in_two_goes_equal_the_same_steps_in_one(code):
    at_once, in_parts = fresh_small(code), fresh_small(code)
    at_once.advance(11, random.Random(5))
    rng = random.Random(5)
    in_parts.advance(4, rng)
    in_parts.advance(7, rng)

    assert everything(at_once) == everything(in_parts)


@pytest.mark.parametrize("code", CODES)
def test_books_stay_right_while_they_live_on(code):
    books = fresh_small(code)
    rng = random.Random(3)
    for _ in range(3):
        books.advance(A_ROUND, rng)
        assert {total for total in entry_sums(books).values()} == {ZERO}
        for side in (20, 22):
            balance, outside = terms_rules.control_on(books, side, TODAY)
            assert balance - outside == terms_rules.open_on(books, side, TODAY)


@pytest.mark.parametrize("code", CODES)
def test_a_round_of_steps_adds_changes_and_deletes(code):
    books = fresh_small(code)
    before = {
        path: {key: dict(row) for key, row in books.tables[path].items()}
        for path in (LINES, TERMS, ACCOUNTS, "sync/CRM/Accounts")
    }
    logged = set(books.tables["sync/Deleted"])
    last = max(row["Timestamp"] for table in books.tables.values() for row in table.values() if "Timestamp" in row)
    centers = len(books.tables["hrm/Costcenters"])
    books.advance(A_ROUND, random.Random(1))
    changed = Counter()
    for path, table in before.items():
        for key, row in books.tables[path].items():
            if row != table.get(key):
                changed[path, "added" if key not in table else "edited"] += 1
                assert row["Timestamp"] > last
        changed[path, "removed"] += len(table.keys() - books.tables[path].keys())
    log = [row for key, row in books.tables["sync/Deleted"].items() if key not in logged]

    for path in (LINES, TERMS):
        assert all(changed[path, kind] for kind in ("added", "edited", "removed")), (path, changed)
    assert changed[ACCOUNTS, "edited"]
    assert changed["sync/CRM/Accounts", "edited"]
    assert {row["EntityType"] for row in log} == {1, 10}
    gone = set(before[LINES]) | set(before[TERMS])
    assert {row["EntityKey"] for row in log} >= gone - set(books.tables[LINES]) - set(books.tables[TERMS])
    grown = len(books.tables["hrm/Costcenters"]) - centers
    assert grown == (0 if code == 1000002 else 1)


def test_books_import_only_the_standard_library_and_themselves():
    allowed = {
        "__future__", "collections", "dataclasses", "datetime", "decimal", "functools", "hashlib", "heapq", "json",
        "pathlib",
        "random", "sandbox", "typing",
    }  # fmt: skip
    found = set()
    for file in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                found.add((node.module or "").split(".")[0])
                assert (
                    node.module is None
                    or not node.module.startswith("sandbox")
                    or node.module.startswith("sandbox.books")
                )

    assert found == allowed


def test_books_never_use_the_shared_random_state():
    state = random.getstate()
    build_books(1, "small", TODAY)

    assert random.getstate() == state


def test_truth_can_be_written_as_json():
    import json

    truth = fresh_small(1000001).truth(TODAY)

    assert json.loads(json.dumps(truth)) == truth


def test_rows_of_the_truth_follow_the_books_life():
    books = fresh_small(1000004)
    before = books.truth(TODAY)["lines"]
    books.advance(1, random.Random(1))

    assert books.truth(TODAY)["lines"] == len(rows(books, LINES)) > before
