"""One administration as the HTTP side sees it: tables, control totals on demand, and more life when asked."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sandbox.books import advance, control_totals, history, incidents, story, truth
from sandbox.books.assets import Register
from sandbox.books.book import Book
from sandbox.books.profile import Profile
from sandbox.books.rows import Row, blank

DIVISIONS = "system/Divisions"


@dataclass
class Administration:
    """A set of books; see `sandbox/books/__init__.py` for how to get one."""

    code: int
    division: dict[str, Any]
    tables: dict[str, dict[str, Row]]
    unavailable: dict[str, int] = field(default_factory=dict)
    _book: Book = field(repr=False, default=None)  # type: ignore[assignment]
    _register: Register = field(repr=False, default=None)  # type: ignore[assignment]
    _steps: int = 0
    _derived: dict[tuple[str, date], tuple[int, list[Row]]] = field(default_factory=dict, repr=False)

    def derived(self, path: str, today: date) -> list[Row]:
        """Compute a control total of Exact from the live books; the answer is kept until the books change."""
        version = self._book.store.last_version
        kept = self._derived.get((path, today))
        if kept is None or kept[0] != version:
            kept = self._derived[path, today] = (version, control_totals.derive(self._book, path, today))
        return kept[1]

    def truth(self, today: date) -> dict[str, Any]:
        """State the books' own figures, ready for JSON; amounts are text."""
        return truth.state(self._book, self._register, today)

    def advance(self, steps: int, rng: random.Random) -> None:
        """Let the books live on: each step is one event, always the same ones in the same order for the same rng."""
        for _ in range(steps):
            advance.step(self._book, self._steps, rng)
            self._steps += 1

    def suffer(self, incident: str, rng: random.Random) -> None:
        """Let an incident happen. Raises KeyError for one that is unknown."""
        incidents.INCIDENTS[incident](self._book, rng)


def build(profile: Profile, seed: int, size: str, today: date) -> Administration:
    """Build one administration."""
    book, register = story.prepare(profile, seed, size, today)
    story.tell(book, register)
    history.rewrite(book)
    return Administration(
        profile.code, _division(profile, book, today), book.store.tables, dict(profile.unavailable), book, register
    )


def _division(profile: Profile, book: Book, today: date) -> Row:
    person, name = book.store.people[0]
    return blank(DIVISIONS) | {
        "Code": profile.code, "Description": profile.name, "Country": profile.country.ljust(3),
        "Currency": profile.currency,
        "Legislation": profile.country.ljust(3), "Status": 1, "BlockingStatus": 0, "Hid": profile.code - 999_900,
        "City": "Delft", "AddressLine1": "Straat 1", "AddressLine2": "", "Postcode": "2611 AA",
        "IsMainDivision": profile.code == 1000001,
        "IsDossierDivision": False, "IsPracticeDivision": False, "IsHRDivision": False,
        "Current": profile.code == 1000001,
        "StartDate": book.calendar.starts_on, "Created": book.store.moment(book.calendar.starts_on),
        "Modified": book.store.moment(book.calendar.starts_on), "Creator": person, "CreatorFullName": name,
        "Modifier": person,
        "ModifierFullName": name, "Customer": book.store.guid(), "CustomerCode": "42".rjust(18),
        "CustomerName": "Demo Accountants",
        "VATNumber": "", "ChamberOfCommerceNumber": None, "Website": None, "TemplateCode": None, "ArchiveDate": None,
    }  # fmt: skip
