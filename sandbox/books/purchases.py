"""Purchases: invoices and credit notes with input VAT, reverse charge within the EU, late arrivals, and when we pay."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sandbox.books import bank
from sandbox.books.book import Book, Payment
from sandbox.books.charts.accounts import Account
from sandbox.books.ledger import Entry
from sandbox.books.money import convert
from sandbox.books.relations import Relation
from sandbox.books.rows import Row
from sandbox.books.terms import CONDITIONS, Item
from sandbox.books.texts import remark
from sandbox.books.vat import add_vat_lines, line_fields, vat_codes

JOURNAL = "60"
INVOICE, CREDIT_NOTE = 30, 31
COSTS_PER_MONTH = 4


def post_invoice(book: Book, day: date, booked_on: date | None = None) -> Item:
    """Book one purchase invoice and plan its payment; `booked_on` puts it into a later period than its date."""
    rng = book.rng
    supplier = rng.choice(book.suppliers)
    entry = _entry(book, day, INVOICE, supplier)
    if booked_on:
        period = book.calendar.at(booked_on)
        entry.period = (period.year, period.number)
    lines = [(_cost(book, booked_on or day), rng.randint(4_000, 260_000)) for _ in range(rng.choice((1, 1, 2)))]
    item, _ = _post(book, entry, supplier, lines, 1)
    bank.allocate(book, item)
    _plan(book, item)
    return item


def post_asset_invoice(book: Book, day: date, account: Account, amount: int, **fields: Any) -> tuple[Item, list[Row]]:
    """Book the purchase of an asset, on the clearing account or straight on the asset account."""
    supplier = next(relation for relation in book.suppliers if relation.region == "home")
    entry = _entry(book, day, INVOICE, supplier)
    item, rows = _post(book, entry, supplier, [(account, amount)], 1, **fields)
    _plan(book, item)
    return item, rows


def post_credit_note(book: Book, day: date) -> None:
    """Receive a credit note, matched with an open invoice where there is one."""
    rng = book.rng
    supplier = rng.choice([relation for relation in book.suppliers if relation.region == "home"])
    invoices = [item for item in book.terms.open_items(supplier, book.profile.currency) if item.open_dc < -10_000]
    entry = _entry(book, day, CREDIT_NOTE, supplier)
    credit, _ = _post(book, entry, supplier, [(book.account("cogs"), rng.randint(3_000, 30_000))], -1)
    if invoices:
        matched = min(-invoices[-1].open_dc, credit.open_dc)
        book.terms.match(credit, invoices[-1], matched, matched)


def _cost(book: Book, day: date) -> Account:
    """Few cost accounts per month, other ones the next: balances stay few, all accounts get their turn."""
    if book.rng.random() < 0.35:
        return book.account("cogs")
    costs = book.chart.roles("cost")
    return costs[(day.month * COSTS_PER_MONTH + book.rng.randrange(COSTS_PER_MONTH)) % len(costs)]


def _entry(book: Book, day: date, type_: int, supplier: Relation) -> Entry:
    due_on = day + timedelta(days=CONDITIONS[supplier.condition].days)
    reference = book.rng.choice((f"INV/{book.rng.randint(1, 9999)}", f"2\"{book.rng.randint(1, 999)}'", f"№{day:%m%d}"))
    return Entry(
        JOURNAL, day, type_, remark(book.rng), relation=supplier, currency=supplier.currency,
        rate=book.rates.on(supplier.currency, day), fields={"YourRef": reference, "DueDate": due_on},
    )  # fmt: skip


def _post(book: Book, entry: Entry, supplier: Relation, lines: list[tuple[Account, int]], sign: int,
          **fields: Any) -> tuple[Item, list[Row]]:  # fmt: skip
    payable = book.account("payable")
    codes = vat_codes(book.profile.country)
    if supplier.region == "world":
        account, foreign = lines[0][0], lines[0][1] * sign
        amount = convert(foreign, entry.rate)
        entry.add(payable, -amount, number=0, foreign=-foreign)
        entry.add(
            account,
            amount,
            foreign=foreign,
            **line_fields(codes["none"], foreign),
            **book.axes.values(account, entry.day),
        )
    else:
        meaning = "eu" if supplier.region == "eu" else "high"
        body = Entry(entry.journal, entry.day, entry.type, "")
        for account, amount in lines:
            axes = book.axes.values(account, entry.day)
            body.add(account, amount * sign, **line_fields(codes[meaning], amount * sign), **axes, **fields)
        add_vat_lines(book, body, {meaning: sum(amount for _, amount in lines) * sign}, "vat_input")
        entry.add(payable, -sum(line["amount"] for line in body.lines), number=0)
        entry.lines += body.lines
    rows = book.ledger.post(entry)
    return book.terms.open(rows[0], supplier, supplier.condition, entry.fields["YourRef"]), rows


def _plan(book: Book, item: Item) -> None:
    rng, supplier = book.rng, item.relation
    if not item.is_open or rng.random() < 0.015:
        return
    pays_on = item.day + timedelta(days=max(3, CONDITIONS[supplier.condition].days + rng.randint(-6, 4)))
    if supplier.pays_in_parts and item.line["Currency"] == book.profile.currency:
        book.schedule(pays_on, Payment(item, thousandths=500))
        pays_on += timedelta(days=30)
    book.schedule(pays_on, Payment(item))


def date_of_late_invoice(book: Book, day: date) -> date | None:
    """Return a day in the period before the one of `day`; nothing when there is none."""
    late = book.calendar.at(day).starts_on - timedelta(days=11)
    return late if late >= book.calendar.starts_on else None
