"""Exact's own figures against what is stored: what differs is read again, then reloaded, then said."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from exact_online import catalogue, comparison, recipe, reconcile
from exact_online.comparison import Difference
from exact_online.extract import load_endpoint
from tests.integration.books import books_of, differences

pytestmark = pytest.mark.integration


def outcomes(books) -> dict[str, tuple]:
    rows = books.connection.execute("select subject, differences, healed_by from exact_ops.reconciliations")
    return {subject: tuple(rest) for subject, *rest in rows}


def healed(books) -> dict[str, str]:
    return {subject: by for subject, (_, by) in outcomes(books).items() if by}


def reloaded_periods(books) -> set[str]:
    rows = books.connection.execute(
        "select slice from exact_ops.loads where endpoint = 'transaction_lines' and slice is not null"
    )
    return {slice_ for (slice_,) in rows}


@pytest.fixture
def books(tmp_path, connection):
    with books_of(tmp_path, connection, seed=2, has_limits=False) as made:
        assert made.sync() == []
        assert healed(made) == {}
        yield made


def test_an_entry_that_vanished_unlogged_is_healed_by_reloading_its_period(books):
    books.suffer("lose_entry")
    books.let_days_pass(8)
    assert books.sync() == []
    assert differences(books) == {}
    assert set(healed(books).values()) == {"reloading"}
    assert len(reloaded_periods(books)) == 1


def test_terms_that_got_new_ids_are_healed(books):
    books.suffer("regenerate_terms")
    books.let_days_pass(8)
    assert books.sync() == []
    assert differences(books) == {}


def test_what_changed_while_we_read_is_healed_by_reading_again(books):
    books.advance(40)
    with books.run() as run:  # the balances are those of now, the lines those of before
        recipe.load_data_set(run, catalogue.CONTROL_TOTALS)
        for year in sorted(outcomes(books)):
            if year.isdigit():
                load_endpoint(run, catalogue.endpoints()["reporting_balances"], year)
        assert reconcile.reconcile(run) == {}
    assert set(healed(books).values()) == {"reading again"}
    assert reloaded_periods(books) == set()


def test_an_entry_that_does_not_balance_in_exact_is_said_with_its_figures_and_turns_reconcile_red(books):
    books.suffer("lose_line")
    books.let_days_pass(8)
    assert books.sync() == ["reconcile"]
    assert differences(books) == {}, "the copy is what Exact has all the same"
    (found,) = books.connection.execute(
        "select item, exact_amount, stored_amount from exact_ops.reconciliation_differences"
    ).fetchall()
    assert found[0].startswith("entry ")
    assert found[1] == 0 != found[2]


def balance(id_, count, amount="0.00", **fields):
    where = {"ReportingYear": 2026, "ReportingPeriod": 3, "GLAccount": "g", "GLAccountCode": "  1300", "Type": 20}
    return {"ID": id_, **where, "Status": 20, "Amount": amount, "Count": count, **fields}


def line(id_, amount, **fields):
    where = {"FinancialYear": 2026, "FinancialPeriod": 3, "GLAccount": "g", "GLAccountCode": "  1300", "Type": 20}
    return {"ID": id_, **where, "Status": 20, "EntryID": "e", "EntryNumber": 7, "AmountDC": amount, **fields}


def store(connection, administration_id, endpoint, *rows):
    for row in rows:
        connection.execute(
            f"insert into exact_raw.{endpoint} (administration_id, id, payload, load_id) values (%s, %s, %s, 1)",
            (administration_id, row["ID"], json.dumps(row)),
        )


def test_lines_whose_amounts_cancel_are_missed_by_their_number(connection, administration_id):
    store(connection, administration_id, "transaction_lines", line("a", "5.00"), line("b", "-5.00"))
    store(connection, administration_id, "reporting_balances", balance("x", 4))
    assert comparison.ledger(connection, administration_id, 2026) == [
        Difference("period 3, account 1300, type 20, status 20", 3, Decimal("0.00"), 4, Decimal("0.00"), 2)
    ]


def test_lines_at_a_cost_centre_that_exact_books_elsewhere_differ_on_both_sides(connection, administration_id):
    store(connection, administration_id, "transaction_lines", line("a", "5.00", CostCenter="N "), line("b", "-5.00"))
    store(
        connection,
        administration_id,
        "reporting_balances",
        *(balance("x", 1, "5.00", CostCenterCode="S"), balance("y", 1, "-5.00")),
    )
    assert comparison.ledger(connection, administration_id, 2026) == [
        Difference("period 3, account 1300, cost centre N, type 20, status 20", 3, None, None, Decimal("5.00"), 1),
        Difference("period 3, account 1300, cost centre S, type 20, status 20", 3, Decimal("5.00"), 1, None, None),
    ]
