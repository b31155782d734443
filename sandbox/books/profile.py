"""The administrations of the sandbox, as data: five of a kind each, and copies of them for whoever needs many.

Nothing is computed here but the copies; `story.py` reads these traits.
"""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Profile:
    """The traits of one administration."""

    code: int
    name: str
    country: str
    language: str
    chart: str  # nl | be
    currency: str
    bank_currency: str  # of the second bank account
    other_currency: str  # invoiced in, without an own bank account
    cost_centers: bool
    cost_units: bool
    projects: bool
    first_year: str = "full"  # full | short | long
    months_per_period: int = 1
    opening_period: int = 1  # 0: the opening stands before the first period
    closing: str = "none"  # none | result (310) | balance (326, 327, 328)
    closing_period: int = 12
    has_adjustment_period: bool = False
    numbers_per_journal: bool = True  # False: entry numbers repeat across journals
    accrual_type: int = 96
    always_small: bool = False
    unavailable: tuple[tuple[str, int], ...] = ()  # path prefixes this licence or user lacks, with the answer


PROFILES = (
    Profile(
        1000001,
        "Van der Meer Holding B.V.",
        "NL",
        "NL",
        "nl",
        "EUR",
        "USD",
        "GBP",
        True,
        True,
        True,
        opening_period=0,
        closing="result",
        closing_period=13,
        has_adjustment_period=True,
    ),
    Profile(
        1000002,
        'Bakkerij \'t Hoekje "Zoet & Zn" B.V.',
        "NL",
        "NL",
        "nl",
        "EUR",
        "USD",
        "SEK",
        False,
        False,
        False,
        opening_period=1,
        closing="result",
        closing_period=12,
        numbers_per_journal=False,
        accrual_type=95,
    ),
    Profile(
        1000003,
        "Brouwerij Maître & Fils BV/SRL",
        "BE",
        "NL-BE",
        "be",
        "EUR",
        "GBP",
        "USD",
        True,
        False,
        True,
        opening_period=1,
        closing="balance",
    ),
    Profile(
        1000004,
        "Tulip Trading <Worldwide> B.V.",
        "NL",
        "EN",
        "nl",
        "USD",
        "EUR",
        "GBP",
        True,
        True,
        False,
        first_year="short",
        opening_period=1,
        has_adjustment_period=True,
    ),
    Profile(
        1000005,
        "Stichting Kleine Beer",
        "NL",
        "NL",
        "nl",
        "EUR",
        "USD",
        "GBP",
        True,
        False,
        False,
        first_year="long",
        months_per_period=3,
        opening_period=0,
        always_small=True,
        unavailable=(
            ("budget/", 404),
            ("beta/budget/", 404),
            ("project/", 403),
            ("sync/Project/", 403),
            ("bulk/Project/", 403),
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Volume:
    """How much happens in the books of one size."""

    earlier_years: int
    sales_entries: int  # over the whole life
    purchase_entries: int
    customers: int
    suppliers: int
    employees: int
    statements_per_month: int
    all_assets: bool


VOLUMES = {
    "default": Volume(3, 900, 600, 44, 32, 7, 4, True),
    "small": Volume(1, 90, 70, 14, 12, 2, 2, False),
    "huge": Volume(3, 4000, 3000, 200, 150, 7, 4, True),
}
#: The size with this name is a group of companies: one huge administration and many small ones.
MANY = "many"
_HOW_MANY = 30
SIZES = ("small", "default", MANY)


def profiles_of(size: str) -> tuple[Profile, ...]:
    """Return the administrations there are in books of a size."""
    if size != MANY:
        return PROFILES
    copies = (PROFILES[number % len(PROFILES)] for number in range(len(PROFILES), _HOW_MANY))
    return PROFILES + tuple(
        replace(profile, code=PROFILES[-1].code + number, name=f"{profile.name} {number}")
        for number, profile in enumerate(copies, start=1)
    )


def volume_of(profile: Profile, size: str) -> Volume:
    """Choose the volume; one administration stays small in every size, and among many only the first is huge."""
    if size == MANY:
        size = "huge" if profile is PROFILES[0] else "small"
    return VOLUMES["small" if profile.always_small else size]
