"""Posting: an entry is collected line by line and refused unless it sums to zero.

Numbers entries, decides open or processed, and writes sync/Financial/TransactionLines. What to post is the
business of the modules that call it.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from sandbox.books.calendar import Calendar
from sandbox.books.charts.accounts import Account, Chart
from sandbox.books.money import cents, money
from sandbox.books.profile import Profile
from sandbox.books.relations import Relation
from sandbox.books.rows import ZERO_GUID, Row
from sandbox.books.store import Store
from sandbox.books.texts import NOTES

LINES = "sync/Financial/TransactionLines"
OPEN, PROCESSED = 20, 50
VAT_LINE = 9999
INVOICE_TYPES = (20, 21, 30, 31)


class UnbalancedEntry(ValueError):
    """The lines of an entry do not sum to zero; nothing was written."""


@dataclass(slots=True)
class Entry:
    """An entry in the making. Amounts are cents, debit positive."""

    journal: str
    day: date
    type: int
    description: str
    relation: Relation | None = None
    currency: str | None = None
    rate: Decimal = Decimal(1)
    period: tuple[int, int] | None = None  # year and number, when not the period of the day
    fields: dict[str, Any] = field(default_factory=dict)  # on every line
    lines: list[dict[str, Any]] = field(default_factory=list)

    def add(self, account: Account, amount: int, *, number: int | None = None, foreign: int | None = None,
            **values: Any) -> None:  # fmt: skip
        """Add a line; without `foreign` the amount is in the administration's own currency."""
        if number is None:
            number = 1 + sum(1 for line in self.lines if 0 < line["LineNumber"] < 9000)
        self.lines.append({"account": account, "amount": amount, "foreign": foreign, "LineNumber": number} | values)


class Ledger:
    """The journals of one administration."""

    def __init__(
        self, profile: Profile, chart: Chart, calendar: Calendar, store: Store, *, seed: int, today: date
    ) -> None:
        self.profile = profile
        self.chart = chart
        self.calendar = calendar
        self.store = store
        self.today = today
        self.rng = random.Random(f"{seed}:{profile.code}:ledger")
        self.journal_names: dict[str, str] = {}
        self._numbers: dict[tuple[str, int], int] = {}

    def post(self, entry: Entry) -> list[Row]:
        """Write the entry and return its rows in the order of its lines."""
        total = sum(line["amount"] for line in entry.lines)
        if total != 0:
            raise UnbalancedEntry(f"{entry.journal} {entry.day} {entry.description!r} is off by {money(total)}")
        year, number = entry.period or self._period_of(entry.day)
        common = self._common(entry, year, number)
        return [self._insert(entry, common, dict(line)) for line in entry.lines]

    def _period_of(self, day: date) -> tuple[int, int]:
        period = self.calendar.at(day)
        return period.year, period.number

    def _common(self, entry: Entry, year: int, number: int) -> Row:
        relation = entry.relation
        common: Row = {
            "EntryID": self.store.guid(), "EntryNumber": self._entry_number(entry.journal, year),
            "JournalCode": entry.journal,
            "JournalDescription": self.journal_names.get(entry.journal), "FinancialYear": year,
            "FinancialPeriod": number,
            "Date": entry.day, "Type": entry.type, "Status": self._status(entry, year, number),
            "Description": entry.description, "Document": ZERO_GUID if self.rng.random() < 0.2 else None,
        }  # fmt: skip
        if entry.type in INVOICE_TYPES:
            common["InvoiceNumber"] = common["EntryNumber"]
        if relation:
            common |= {"Account": relation.id, "AccountCode": relation.code, "AccountName": relation.name}
        elif self.rng.random() < 0.1:
            common |= {"Account": ZERO_GUID}
        return common | entry.fields

    def _insert(self, entry: Entry, common: Row, line: dict[str, Any]) -> Row:
        account: Account = line.pop("account")
        amount, foreign = line.pop("amount"), line.pop("foreign")
        has_foreign = foreign is not None
        values = common | {
            "GLAccount": account.id, "GLAccountCode": account.code, "GLAccountDescription": account.name,
            "AmountDC": money(amount), "AmountFC": money(foreign if has_foreign else amount),
            "Currency": entry.currency if has_foreign else self.profile.currency,
            "ExchangeRate": entry.rate if has_foreign else Decimal(1),
            "LineType": 0, "Quantity": Decimal(0) if amount % 2 else None, "Notes": self.rng.choice(NOTES),
        } | line  # fmt: skip
        return self.store.insert(LINES, min(entry.day, self.today), values)

    def _entry_number(self, journal: str, year: int) -> int:
        self._numbers[journal, year] = sequence = self._numbers.get((journal, year), 0) + 1
        journal_part = int(journal) * 10_000 if self.profile.numbers_per_journal else 0
        return year % 100 * 1_000_000 + journal_part + sequence

    def _status(self, entry: Entry, year: int, number: int) -> int:
        """Everything is processed but most of the current period's entries and a few late ones."""
        current = self.calendar.at(self.today)
        if (year, number) != (current.year, current.number):
            return PROCESSED
        return PROCESSED if entry.journal == "20" and self.rng.random() < 0.5 else OPEN

    def balances(self, year: int, periods: range | None = None, until_year: bool = False) -> dict[str, int]:
        """Sum the ledger by account in cents: one year, or everything up to and including it."""
        totals: dict[str, int] = {}
        for row in self.store.table(LINES).values():
            row_year = row["FinancialYear"]
            if row_year == year or (until_year and row_year < year):
                totals[row["GLAccount"]] = totals.get(row["GLAccount"], 0) + cents(row["AmountDC"])
        return totals
