"""Fiscal calendars: full, short and long first years, months or quarters.

A period knows its first and last day (inclusive). Periods 0 and 13 are booked on but never listed here,
as in Exact, where FinancialPeriods holds only the regular ones.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta


@dataclass(frozen=True, slots=True)
class Period:
    """One fiscal period of an administration."""

    year: int
    number: int
    starts_on: date
    ends_on: date

    def contains(self, day: date) -> bool:
        """Tell whether a day lies in the period."""
        return self.starts_on <= day <= self.ends_on


def add_months(day: date, months: int) -> date:
    """Move the first day of a month by whole months."""
    index = day.year * 12 + day.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


@dataclass(slots=True)
class Calendar:
    """The regular periods of an administration, oldest first."""

    periods: list[Period]
    months_per_period: int
    _by_month: dict[tuple[int, int], Period] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for period in self.periods:
            month = period.starts_on
            while month <= period.ends_on:
                self._by_month[month.year, month.month] = period
                month = add_months(month, 1)

    @property
    def starts_on(self) -> date:
        """The first day of the books."""
        return self.periods[0].starts_on

    @property
    def first_year(self) -> int:
        """The first fiscal year."""
        return self.periods[0].year

    @property
    def periods_per_year(self) -> int:
        """The number of periods of a regular year."""
        return 12 // self.months_per_period

    def at(self, day: date) -> Period:
        """Find the period of a day; a day outside the calendar is an error."""
        return self._by_month[day.year, day.month]

    def index(self, period: Period) -> int:
        """Return a period's position counted from the first of the books."""
        return self.periods.index(period)

    def of_year(self, year: int) -> list[Period]:
        """List the periods of a fiscal year."""
        return [period for period in self.periods if period.year == year]

    def last_day(self, year: int) -> date:
        """Return the last day of a fiscal year."""
        return self.of_year(year)[-1].ends_on

    def first_day(self, year: int) -> date:
        """Return the first day of a fiscal year."""
        return self.of_year(year)[0].starts_on


def build_calendar(today: date, earlier_years: int, first_year: str, months_per_period: int = 1) -> Calendar:
    """Make the calendar up to the end of the year of `today`.

    That many years precede the current one. The first of them may be `short` (July to December) or `long` (eighteen
    months from July); a year is named after the calendar year in which it ends.
    """
    oldest = today.year - earlier_years
    spans: list[tuple[int, date, date]] = []
    for year in range(oldest, today.year + 1):
        starts_on = date(year, 1, 1)
        if year == oldest:
            starts_on = {"full": starts_on, "short": date(year, 7, 1), "long": date(year - 1, 7, 1)}[first_year]
        spans.append((year, starts_on, date(year, 12, 31)))
    periods = []
    for year, starts_on, ends_on in spans:
        number, day = 1, starts_on
        while day <= ends_on:
            following = add_months(day, months_per_period)
            periods.append(Period(year, number, day, following - timedelta(days=1)))
            number, day = number + 1, following
    return Calendar(periods, months_per_period)
