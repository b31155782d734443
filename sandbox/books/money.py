"""Money as whole cents inside the books, as Decimal with two places in the rows.

Integers keep every entry exact by construction. Rates stay Decimal; nothing here uses binary floats.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

ONE = Decimal(1)


def money(cents: int) -> Decimal:
    """Write cents as an amount with two decimals."""
    return Decimal(cents).scaleb(-2)


def cents(amount: Decimal | None) -> int:
    """Read an amount with at most two decimals back as cents; nothing counts as zero."""
    return 0 if amount is None else int(amount.scaleb(2))


def convert(foreign_cents: int, rate: Decimal) -> int:
    """Translate foreign cents at a rate, half a cent away from zero as Exact rounds."""
    return int((Decimal(foreign_cents) * rate).quantize(ONE, rounding=ROUND_HALF_UP))


def share(amount_cents: int, numerator: int, denominator: int) -> int:
    """Take a fraction of an amount, rounded half up on the absolute value."""
    return convert(amount_cents, Decimal(numerator) / Decimal(denominator))
