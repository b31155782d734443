"""Everything the modules of one administration share while its story is told.

A plain holder: no behaviour but finding accounts by role and remembering planned payments.
"""

from __future__ import annotations

import heapq
import random
from dataclasses import dataclass, field
from datetime import date

from sandbox.books.axes import Axes
from sandbox.books.calendar import Calendar
from sandbox.books.charts.accounts import Account, Chart
from sandbox.books.ledger import Ledger
from sandbox.books.profile import Profile, Volume
from sandbox.books.rates import Rates
from sandbox.books.relations import Relation
from sandbox.books.store import Store
from sandbox.books.terms import Item, Terms


@dataclass(slots=True)
class Payment:
    """A planned receipt or payment of an item: thousandths of what is then open, less a shortfall in cents."""

    item: Item
    thousandths: int = 1000
    shortfall: int = 0


@dataclass(slots=True)
class Transfer:
    """A planned movement of the bank against a ledger account; positive means money received."""

    account: Account
    amount: int
    description: str


@dataclass(slots=True)
class Book:
    """One administration's working memory."""

    profile: Profile
    volume: Volume
    today: date
    store: Store
    chart: Chart
    calendar: Calendar
    ledger: Ledger
    terms: Terms
    axes: Axes
    rates: Rates
    rng: random.Random
    customers: list[Relation] = field(default_factory=list)
    suppliers: list[Relation] = field(default_factory=list)
    plan: list[tuple[date, int, Payment | Transfer]] = field(default_factory=list)
    unallocated: list[Item] = field(default_factory=list)
    _planned: int = 0

    def account(self, role: str) -> Account:
        """Return the account with a role."""
        return self.chart.role(role)

    def schedule(self, day: date, what: Payment | Transfer) -> None:
        """Remember a payment for the first statement on or after a day."""
        self._planned += 1
        heapq.heappush(self.plan, (day, self._planned, what))
