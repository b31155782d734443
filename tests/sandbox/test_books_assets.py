"""Assets: every method and situation occurs, and the cards' book values equal the accounts of their groups."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

import pytest

from sandbox.books.depreciation import LINEAR, Method, linear, methods, plan
from tests.sandbox.books import CODES, DEFAULT_SIZED, LINES, TODAY, ZERO, default_books, rows

ASSET_TYPES = {70, 71, 72, 73, 74, 75, 76}


@pytest.mark.parametrize("code", CODES)
def test_book_values_of_all_assets_equal_the_balance_of_their_accounts(code):
    books = default_books()[code]
    accounts = set()
    for group in rows(books, "assets/AssetGroups"):
        accounts |= {group[f"GLAccount{part}"] for part in ("Assets", "DepreciationBS", "RevaluationBS")}
    balance = sum((line["AmountDC"] for line in rows(books, LINES) if line["GLAccount"] in accounts), ZERO)

    assert Decimal(books.truth(TODAY)["assets"]["total"]) == balance


@pytest.mark.parametrize("code", CODES)
def test_every_situation_of_an_asset_occurs(code):
    books = default_books()[code]
    assets = rows(books, "assets/Assets")
    types_by_asset = defaultdict(set)
    for line in rows(books, LINES):
        if line["Asset"]:
            types_by_asset[line["Asset"]].add(line["Type"])
    used_methods = {row["ID"]: row["Type"] for row in rows(books, "assets/DepreciationMethods")}
    taken_over = [asset for asset in assets if asset["AlreadyDepreciated"]]

    assert {used_methods[asset["PrimaryMethod"]] for asset in assets if asset["PrimaryMethod"]} == {
        1,
        3,
        10,
        11,
        12,
        21,
        40,
    }
    assert set().union(*types_by_asset.values()) >= ASSET_TYPES
    assert {asset["Status"] for asset in assets} == {1, 2, 3, 4, 5, 6}
    assert {asset["Type"] for asset in assets} == {"0", "1"}
    assert any(asset["PrimaryMethod"] is None and asset["AssetGroupCode"] != "LAN" for asset in assets)
    assert sum(asset["AssetFrom"] is not None for asset in assets) == 2
    assert any(asset["StartDate"] and asset["StartDate"] > TODAY for asset in assets)
    booked = {10 in types_by_asset[asset["ID"]] for asset in taken_over}
    assert booked == {True, False}
    assert any(30 in types for types in types_by_asset.values())


@pytest.mark.parametrize("code", CODES)
def test_taken_over_depreciation_is_booked_with_the_asset_or_not(code):
    books = default_books()[code]
    accumulated = {group["GLAccountDepreciationBS"] for group in rows(books, "assets/AssetGroups")}
    opened = defaultdict(lambda: ZERO)
    for line in rows(books, LINES):
        if line["Type"] == 10 and line["GLAccount"] in accumulated:
            opened[line["Asset"]] -= line["AmountDC"]
    cards = {row["ID"]: row for row in rows(books, "assets/Assets") if row["AlreadyDepreciated"]}
    silent = [card for key, card in cards.items() if key not in opened]

    assert all(opened[key] == card["DepreciatedAmount"] for key, card in cards.items() if key in opened)
    assert len(silent) == 2
    assert opened[None] == sum(card["DepreciatedAmount"] for card in silent)


@pytest.mark.parametrize("code", CODES)
def test_book_values_stay_between_floor_and_cost_and_are_zero_after_disposal(code):
    books = default_books()[code]
    values = books.truth(TODAY)["assets"]["book_values"]
    floors = {row["Asset"]: row["MinimumValue"] for row in rows(books, "assets/CommercialBuildingValues")}
    revalued = {line["Asset"] for line in rows(books, LINES) if line["Type"] == 72}
    for asset in rows(books, "assets/Assets"):
        value = Decimal(values[asset["Code"]])
        if asset["Status"] in (3, 6) or asset["Status"] == 2:
            assert value == ZERO, asset["Code"]
        elif asset["ID"] not in revalued:
            lowest = floors.get(asset["ID"], asset["ResidualValue"])
            assert lowest <= value <= asset["InvestmentAmountDC"], asset["Code"]
    building = next(asset for asset in rows(books, "assets/Assets") if asset["Type"] == "1")
    assert Decimal(values[building["Code"]]) == floors[building["ID"]]


@pytest.mark.parametrize("code", DEFAULT_SIZED)
def test_linear_assets_are_booked_in_equal_parts_from_their_start(code):
    books = default_books()[code]
    method = {row["ID"]: row for row in rows(books, "assets/DepreciationMethods")}
    expense = {group["GLAccountDepreciationPL"] for group in rows(books, "assets/AssetGroups")}
    periods = [(row["FinYear"], row["FinPeriod"]) for row in rows(books, "financial/FinancialPeriods")]
    booked = defaultdict(dict)
    for line in rows(books, LINES):
        if line["Type"] == 70 and line["GLAccount"] in expense:
            booked[line["Asset"]][line["FinancialYear"], line["FinancialPeriod"]] = line["AmountDC"]
    checked = 0
    for asset in rows(books, "assets/Assets"):
        used = method.get(asset["PrimaryMethod"])
        is_plain = (
            used and used["Type"] == 1 and used["Periods"] and asset["Status"] == 1 and not asset["AlreadyDepreciated"]
        )
        if (
            not is_plain
            or asset["AssetFrom"]
            or not booked[asset["ID"]]
            or asset["Description"].startswith("Productielijn")
        ):
            continue
        base = asset["InvestmentAmountDC"] - asset["ResidualValue"]
        part = (base / used["Periods"]).quantize(Decimal("0.01"))
        start = next(row for row in rows(books, "financial/FinancialPeriods") if row["StartDate"] == asset["StartDate"])
        first = periods.index((start["FinYear"], start["FinPeriod"]))
        keys = [key for key in periods[first:] if key in booked[asset["ID"]]]
        assert keys == periods[first : first + len(keys)]
        assert {abs(booked[asset["ID"]][key] - part) < Decimal("0.01") for key in keys} == {True}
        checked += 1

    assert checked >= 5


def test_linear_plan_puts_the_remainder_in_the_last_period():
    assert linear(100_00, 3) == [3333, 3333, 3334]
    assert linear(200_01, 2) == [10001, 10000]


@pytest.mark.parametrize("method", methods(1).values(), ids=lambda method: method.code)
def test_no_plan_goes_below_the_residual_value(method):
    amounts = plan(method, 10_000_00, 1_000_00, 12)

    assert all(amount > 0 for amount in amounts)
    assert sum(amounts) <= 9_000_00
    assert method.type == 11 or sum(amounts) == 9_000_00


def test_degressive_to_linear_takes_the_larger_of_both_and_the_cap():
    method = Method(
        "X", "x", 10, percentage=Decimal("0.40"), percentage_linear=Decimal("0.20"), percentage_max=Decimal("0.30")
    )
    years = [sum(plan(method, 1000_00, 0, 1)[year : year + 1]) for year in range(5)]

    assert years == [300_00, 280_00, 200_00, 200_00, 20_00]


def test_annuity_rises_by_the_interest_per_period():
    amounts = plan(Method("A", "a", 40, periods=24, percentage=Decimal("0.12")), 10_000_00, 0, 12)

    assert amounts[12] / amounts[0] == pytest.approx(1.01**12, rel=1e-4)
    assert sum(amounts) == 10_000_00


def test_years_count_in_periods_of_the_administration():
    assert len(plan(Method("L", "l", LINEAR, years=5), 60_000, 0, 4)) == 20
