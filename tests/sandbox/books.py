"""The books the tests look at, built once per process. Tests that change books build small ones of their own."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from sandbox.books import Administration, build_books
from sandbox.books.administration import build
from sandbox.books.profile import PROFILES

TODAY = date(2026, 11, 23)
LINES = "sync/Financial/TransactionLines"
TERMS = "sync/Cashflow/PaymentTerms"
ACCOUNTS = "sync/Financial/GLAccounts"
ZERO = Decimal("0.00")
NO_GUID = "00000000-0000-0000-0000-000000000000"
CODES = (1000001, 1000002, 1000003, 1000004, 1000005)
DEFAULT_SIZED = CODES[:4]


@cache
def default_books() -> dict[int, Administration]:
    return {books.code: books for books in build_books(1, "default", TODAY)}


@cache
def small_books() -> dict[int, Administration]:
    return {books.code: books for books in build_books(1, "small", TODAY)}


def fresh_small(code: int, seed: int = 1) -> Administration:
    return build(next(profile for profile in PROFILES if profile.code == code), seed, "small", TODAY)


@cache
def derived(code: int, path: str) -> list[dict[str, Any]]:
    """Control totals of the default books, computed once."""
    return default_books()[code].derived(path, TODAY)


def rows(books: Administration, path: str) -> list[dict[str, Any]]:
    return list(books.tables[path].values())


def entry_sums(books: Administration) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for line in rows(books, LINES):
        sums[line["EntryID"]] += line["AmountDC"]
    return dict(sums)


def month_ends(first: date, last: date) -> list[date]:
    days, day = [], first
    while day <= last:
        following = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
        days.append(following - timedelta(days=1))
        day = following
    return [day for day in days if day <= last]
