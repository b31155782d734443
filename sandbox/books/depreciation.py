"""Depreciation plans: amounts per period for every method Exact knows, in cents.

Pure arithmetic. Linear is exact (equal parts rounded half up, the remainder last, down to the residual value); the
degressive ones follow their documented parameters.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

LINEAR, LINEAR_BE = 1, 3
DEGRESSIVE_TO_LINEAR, DEGRESSIVE, DEGRESSIVE_TO_LINEAR_BE = 10, 11, 12
FIXED_AMOUNT, ANNUITY = 21, 40
LONGEST_YEARS = 40


@dataclass(frozen=True, slots=True)
class Method:
    """A depreciation method with the parameters its type uses."""

    code: str
    name: str
    type: int
    periods: int | None = None
    years: int | None = None
    percentage: Decimal | None = None
    percentage_linear: Decimal | None = None
    percentage_max: Decimal | None = None
    amount: int | None = None


def _round(value: Decimal) -> int:
    return int(value.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def plan(method: Method, cost: int, residual: int, periods_per_year: int) -> list[int]:
    """Return the amount of each period from the first; together never more than cost less residual value."""
    base = cost - residual
    if method.type in (LINEAR, LINEAR_BE):
        count = method.periods or (method.years or 1) * periods_per_year
        return linear(base, count)
    if method.type == FIXED_AMOUNT:
        amount = method.amount or base
        return until_spent([amount] * (base // amount + 1), base)
    if method.type == ANNUITY:
        return _annuity(method, base, periods_per_year)
    return _degressive(method, cost, base, periods_per_year)


def linear(base: int, count: int) -> list[int]:
    """Divide equally, the remainder in the last period."""
    part = _round(Decimal(base) / count)
    return [part] * (count - 1) + [base - part * (count - 1)]


def until_spent(amounts: list[int], base: int) -> list[int]:
    """Keep amounts until a base is used up, the last one cut to what is left of it."""
    kept, left = [], base
    for amount in amounts:
        if left <= 0:
            break
        kept.append(min(amount, left))
        left -= kept[-1]
    return kept


def _annuity(method: Method, base: int, periods_per_year: int) -> list[int]:
    interest = (method.percentage or Decimal(0)) / periods_per_year
    count = method.periods or (method.years or 1) * periods_per_year
    first = Decimal(base) * interest / ((1 + interest) ** count - 1)
    amounts = [_round(first * (1 + interest) ** number) for number in range(count - 1)]
    return [*amounts, base - sum(amounts)]


def _degressive(method: Method, cost: int, base: int, periods_per_year: int) -> list[int]:
    amounts: list[int] = []
    for _ in range(LONGEST_YEARS):
        book_value = cost - sum(amounts)
        year = _round(book_value * (method.percentage or Decimal(0)))
        if method.type != DEGRESSIVE:
            year = max(year, _round(cost * (method.percentage_linear or Decimal(0))))
            year = min(year, _round(cost * (method.percentage_max or Decimal(1))))
        year = min(year, base - sum(amounts))
        if year <= periods_per_year:  # nothing left but cents
            break
        amounts += linear(year, periods_per_year)
    return until_spent(amounts, base)


def methods(months_per_period: int) -> dict[str, Method]:
    """Return the methods of an administration; lives are counted in its own periods."""
    scale = months_per_period
    every = (
        Method("LIN36", "Lineair 3 jaar", LINEAR, periods=36 // scale),
        Method("LIN48", "Lineair 4 jaar", LINEAR, periods=48 // scale),
        Method("LIN60", "Lineair 5 jaar", LINEAR, periods=60 // scale),
        Method("LIN10J", "Lineair 10 jaar (per jaar)", LINEAR, years=10),
        Method("LIN30J", "Lineair gebouwen 30 jaar", LINEAR, years=30),
        Method("BE5", "Lineair België 5 jaar", LINEAR_BE, years=5),
        Method("DL40", "Degressief naar lineair", DEGRESSIVE_TO_LINEAR, percentage=Decimal("0.40"),
               percentage_linear=Decimal("0.20"), percentage_max=Decimal("0.40")),
        Method("BEDL", "Degressief naar lineair België", DEGRESSIVE_TO_LINEAR_BE, percentage=Decimal("0.25"),
               percentage_linear=Decimal("0.125"), percentage_max=Decimal("0.40")),
        Method("DEG25", "Degressief 25% boekwaarde", DEGRESSIVE, percentage=Decimal("0.25")),
        Method("VAST", "Vast bedrag per periode", FIXED_AMOUNT, amount=12_345 * scale),
        Method("ANN48", "Annuïteit 4 jaar 6%", ANNUITY, periods=48 // scale, percentage=Decimal("0.06")),
    )  # fmt: skip
    return {method.code: method for method in every}
