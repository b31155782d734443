"""Exchange rates: one per month and foreign currency, as rows and for postings.

A rate is the value of one foreign unit in the administration's currency, so the amount in own currency is the foreign
amount times the rate.
"""

from __future__ import annotations

import random
from datetime import date
from decimal import Decimal

from sandbox.books.calendar import Calendar, add_months
from sandbox.books.profile import Profile
from sandbox.books.store import Store

EXCHANGE_RATES = "financial/ExchangeRates"
IN_EUROS = {"EUR": Decimal(1), "USD": Decimal("0.915"), "GBP": Decimal("1.162"), "SEK": Decimal("0.0874")}
NAMES = {"EUR": "Euro", "USD": "Amerikaanse dollar", "GBP": "Brits pond", "SEK": "Zweedse kroon"}
QUANTUM = Decimal("0.000001")


class Rates:
    """Monthly rates that wander around a base."""

    def __init__(self, profile: Profile, calendar: Calendar, store: Store, rng: random.Random, today: date) -> None:
        self._rates: dict[tuple[str, int, int], Decimal] = {}
        self._own = profile.currency
        for currency, step in ((profile.bank_currency, 1), (profile.other_currency, 6)):
            rate = IN_EUROS[currency] / IN_EUROS[profile.currency]
            month, position = calendar.starts_on, 0
            while month <= today:
                if position % step == 0:
                    drift = Decimal(rng.randint(-150, 150)) / 10000
                    rate = (rate * (1 + drift)).quantize(QUANTUM)
                    self._insert(store, profile, currency, month, rate)
                self._rates[currency, month.year, month.month] = rate
                month, position = add_months(month, 1), position + 1

    def on(self, currency: str, day: date) -> Decimal:
        """Return the rate of a currency on a day."""
        return Decimal(1) if currency == self._own else self._rates[currency, day.year, day.month]

    def _insert(self, store: Store, profile: Profile, currency: str, month: date, rate: Decimal) -> None:
        store.insert(EXCHANGE_RATES, month, {
            "SourceCurrency": currency, "SourceCurrencyDescription": NAMES[currency], "StartDate": month, "Rate": rate,
            "TargetCurrency": profile.currency, "TargetCurrencyDescription": NAMES[profile.currency],
        })  # fmt: skip
