"""One administration as large as wanted: the sandbox's books, copied with other ids until they hold enough lines.

A copy posts the same entries to the same accounts and periods under ids and entry numbers of its own, so every entry
sums to zero, every reference is good, and Exact's own totals are the first copy's times the number of copies.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import cached_property
from typing import Any

from sandbox.books.administration import build
from sandbox.books.profile import PROFILES

TODAY = date(2026, 11, 23)
DIVISION = 1000001
LINES = "sync/Financial/TransactionLines"
TERMS = "sync/Cashflow/PaymentTerms"
_MASK = 0xFFFFFFFF
#: What Exact sums up itself, by the fields that grow with the copies.
_TOTALS = ("Amount", "AmountDC", "AmountFC", "AmountDebit", "AmountCredit", "Count", "Balance", "AmountInTransit")
_GUIDS_OF_TERMS = ("ID", "EntryID", "TransactionID", "TransactionEntryID")


def guid_of_copy(guid: str, copy: int) -> str:
    """Return another random-looking guid for a copy; copy 0 keeps it."""
    return f"{int(guid[:8], 16) ^ (copy * 0x9E3779B1 & _MASK):08x}{guid[8:]}"


def entry_number_of_copy(number: int, copy: int) -> int:
    """Return an entry number of a copy's own."""
    return number + copy * 300_000


class Books:
    """The first copy, with what grows.

    :param copies: how often its entries are posted in all.
    """

    def __init__(self, copies: int) -> None:
        self._first = build(next(each for each in PROFILES if each.code == DIVISION), 1, "default", TODAY)
        self.copies = copies
        self.code = DIVISION
        self.division = self._first.division
        self.lines: list[dict[str, Any]] = list(self._first.tables[LINES].values())

    @cached_property
    def tables(self) -> dict[str, dict[Any, dict]]:
        """Everything but the lines, which are too many for rows in memory."""
        terms = {row["ID"]: row for row in self._terms()}
        return {**self._first.tables, LINES: {}, TERMS: terms}

    def derived(self, path: str, today: date) -> list[dict[str, Any]] | None:
        """Return Exact's own totals."""
        rows = self._first.derived(path, today)
        return rows and [self._scaled(row) for row in rows]

    def _terms(self) -> Iterator[dict[str, Any]]:
        for copy in range(self.copies):
            for number, row in enumerate(self._first.tables[TERMS].values()):
                guids = {name: guid_of_copy(row[name], copy) for name in _GUIDS_OF_TERMS if row.get(name)}
                version = row["Timestamp"] + copy * 1_000_000 + number
                yield {**row, **guids, "Timestamp": version}

    def _scaled(self, row: dict[str, Any]) -> dict[str, Any]:
        return {**row, **{name: row[name] * self.copies for name in _TOTALS if row.get(name) is not None}}


def copies_for(lines: int) -> int:
    """Return how many copies hold at least so many lines."""
    return -(-lines // len(Books(1).lines))
