"""Closing a year: the Dutch way (310), the Belgian way (326, then 327 and 328), or not at all."""

from __future__ import annotations

from datetime import date

from sandbox.books.book import Book
from sandbox.books.ledger import Entry

GENERAL = "91"
PERIOD_CLOSING, NET_RESULT, CLOSING_BALANCE, OPENING_BALANCE = 310, 326, 327, 328


def close_year(book: Book, year: int) -> None:
    """Close a year the way the administration does."""
    day = book.calendar.last_day(year)
    closing = book.profile.closing
    last_period = book.calendar.of_year(year)[-1].number
    if closing == "result":
        period = book.profile.closing_period if book.profile.closing_period > 12 else last_period
        _clear_result(book, year, day, PERIOD_CLOSING, (year, period))
    elif closing == "balance":
        _clear_result(book, year, day, NET_RESULT, (year, last_period))
        _carry_balance(book, year, day, (year, last_period))


def _clear_result(book: Book, year: int, day: date, type_: int, period: tuple[int, int]) -> None:
    """Take every profit and loss account of the year to zero against retained earnings."""
    entry = Entry(GENERAL, day, type_, f"Resultaatverwerking {year}", period=period)
    for account_id, balance in sorted(book.ledger.balances(year).items()):
        account = book.chart.by_id[account_id]
        if account.balance_type == "W" and balance:
            entry.add(account, -balance)
    entry.add(book.account("retained"), -sum(line["amount"] for line in entry.lines))
    book.ledger.post(entry)


def _carry_balance(book: Book, year: int, day: date, period: tuple[int, int]) -> None:
    """Close all balance accounts in the last period and open them again in the first of the next year."""
    closing = Entry(GENERAL, day, CLOSING_BALANCE, f"Eindbalans {year}", period=period)
    opening = Entry(GENERAL, book.calendar.first_day(year + 1), OPENING_BALANCE, f"Beginbalans {year + 1}")
    for account_id, balance in sorted(book.ledger.balances(year, until_year=True).items()):
        account = book.chart.by_id[account_id]
        if account.balance_type == "B" and balance:
            closing.add(account, -balance)
            opening.add(account, balance)
    book.ledger.post(closing)
    book.ledger.post(opening)
