"""Payroll: one entry of type 170 a month, a line per employee, net wages and taxes paid by bank."""

from __future__ import annotations

from datetime import date, timedelta

from sandbox.books.book import Book, Transfer
from sandbox.books.ledger import Entry
from sandbox.books.money import share

PAYROLL = 170
DEPARTMENTS = ("PROD", "001")


def post_payroll(book: Book, day: date) -> None:
    """Book the wages of a month."""
    entry = Entry("90", day, PAYROLL, f"Loonjournaal {day:%Y-%m}")
    wages, social, pension = book.account("wages"), book.account("social"), book.account("pension")
    gross_total = social_total = 0
    for number in range(book.volume.employees):
        center = DEPARTMENTS[number % 2]
        gross = 245_000 + number * 31_700 + day.year % 10 * 4_100
        premium = share(gross, 19, 100)
        entry.add(
            wages, gross, Description=f"Brutoloon medewerker {number + 1}", **book.axes.values(wages, day, center)
        )
        entry.add(
            social, premium, Description=f"Premies medewerker {number + 1}", **book.axes.values(social, day, center)
        )
        gross_total, social_total = gross_total + gross, social_total + premium
    pension_total = share(gross_total, 6, 100)
    entry.add(pension, pension_total, **book.axes.values(pension, day))
    withheld = share(gross_total, 34, 100) + social_total
    net = gross_total + social_total - withheld
    entry.add(book.account("wage_tax"), -withheld)
    entry.add(book.account("pension_payable"), -pension_total)
    entry.add(book.account("net_wages"), -net)
    book.ledger.post(entry)
    for role, amount, wait in (
        ("net_wages", net, 0),
        ("wage_tax", withheld, 20),
        ("pension_payable", pension_total, 20),
    ):
        book.schedule(day + timedelta(days=wait), Transfer(book.account(role), -amount, f"Loon {day:%Y-%m} {role}"))
