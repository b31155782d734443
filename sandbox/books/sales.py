"""Sales: invoices and credit notes with VAT, in own and foreign currency, and when the customer will pay."""

from __future__ import annotations

from datetime import date, timedelta

from sandbox.books import bank
from sandbox.books.book import Book, Payment
from sandbox.books.ledger import Entry
from sandbox.books.money import convert, share
from sandbox.books.relations import Relation
from sandbox.books.terms import CONDITIONS, Item
from sandbox.books.texts import remark
from sandbox.books.vat import add_vat_lines, line_fields, vat_codes

JOURNAL = "70"
INVOICE, CREDIT_NOTE = 20, 21
HOME_LINES = (("revenue_high", "high"), ("revenue_high", "high"), ("revenue_services", "high"), ("revenue_low", "low"))
NEVER_PAID = 0.022


def post_invoice(book: Book, day: date, customer: Relation | None = None) -> Item:
    """Book one sales invoice and plan its payment."""
    rng = book.rng
    customer = customer or rng.choice(book.customers)
    entry = _entry(book, day, INVOICE, customer)
    lines = [(rng.choice(HOME_LINES), rng.randint(15_000, 520_000)) for _ in range(rng.choice((1, 1, 2, 3)))]
    item = _post(book, entry, customer, lines, 1)
    bank.allocate(book, item)
    _plan(book, item)
    return item


def post_credit_note(book: Book, day: date) -> None:
    """Credit part of an invoice that is still open, or an own amount that stays open."""
    rng = book.rng
    customer = rng.choice([relation for relation in book.customers if relation.region == "home"])
    invoices = [item for item in book.terms.open_items(customer, book.profile.currency) if item.open_dc > 20_000]
    amount = rng.randint(5_000, 40_000)
    entry = _entry(book, day, CREDIT_NOTE, customer)
    credit = _post(book, entry, customer, [(("revenue_high", "high"), amount)], -1)
    if invoices and rng.random() < 0.8:
        matched = min(invoices[-1].open_dc, -credit.open_dc)
        book.terms.match(invoices[-1], credit, matched, matched)


def _entry(book: Book, day: date, type_: int, customer: Relation) -> Entry:
    reference = f"{'CN' if type_ == CREDIT_NOTE else 'F'}{day:%y%m}-{book.rng.randint(1, 99999):05d}"
    due_on = day + timedelta(days=CONDITIONS[customer.condition].days)
    return Entry(
        JOURNAL, day, type_, remark(book.rng), relation=customer, currency=customer.currency,
        rate=book.rates.on(customer.currency, day), fields={"YourRef": reference, "DueDate": due_on},
    )  # fmt: skip


def _post(book: Book, entry: Entry, customer: Relation, lines: list[tuple[tuple[str, str], int]], sign: int) -> Item:
    if customer.region == "world":
        _add_export(book, entry, lines[0][1] * sign)
    else:
        _add_home(book, entry, lines, sign, customer.region == "eu")
    rows = book.ledger.post(entry)
    return book.terms.open(rows[0], customer, customer.condition, entry.fields["YourRef"])


def _add_export(book: Book, entry: Entry, foreign: int) -> None:
    """One line in foreign currency, so that header and line translate to the same amount."""
    account, code = book.account("revenue_export"), vat_codes(book.profile.country)["export"]
    amount = convert(foreign, entry.rate)
    entry.add(book.account("receivable"), amount, number=0, foreign=foreign)
    fields = line_fields(code, -foreign) | book.axes.values(account, entry.day)
    entry.add(account, -amount, foreign=-foreign, **fields)


def _add_home(book: Book, entry: Entry, lines: list[tuple[tuple[str, str], int]], sign: int, is_eu: bool) -> None:
    codes = vat_codes(book.profile.country)
    bases: dict[str, int] = {}
    body = Entry(entry.journal, entry.day, entry.type, "")
    for (role, meaning), amount in lines:
        account = book.account("revenue_eu" if is_eu else role)
        code = codes["none" if is_eu else meaning]
        if not is_eu:
            bases[meaning] = bases.get(meaning, 0) - amount * sign
        fields = line_fields(code, -amount * sign) | book.axes.values(account, entry.day)
        body.add(account, -amount * sign, Description=remark(book.rng), **fields)
    add_vat_lines(book, body, bases, None)
    total = -sum(line["amount"] for line in body.lines)
    entry.add(book.account("receivable"), total, number=0)
    entry.lines += body.lines


def _plan(book: Book, item: Item) -> None:
    rng, customer = book.rng, item.relation
    if not item.is_open or rng.random() < NEVER_PAID:
        return
    condition = CONDITIONS[customer.condition]
    pays_on = item.day + timedelta(days=max(1, condition.days + customer.days_late + rng.randint(-4, 8)))
    own = item.line["Currency"] == book.profile.currency
    if condition.discount_percentage and own and rng.random() < 0.4:
        discount = share(item.open_dc, 2, 100)
        book.schedule(item.day + timedelta(days=rng.randint(4, 9)), Payment(item, shortfall=discount))
    elif own and (customer.pays_in_parts or rng.random() < 0.05):
        book.schedule(pays_on, Payment(item, thousandths=rng.choice((250, 400, 500))))
        book.schedule(pays_on + timedelta(days=rng.randint(10, 40)), Payment(item))
    elif own and rng.random() < 0.04:
        book.schedule(pays_on, Payment(item, shortfall=rng.choice((1, 3, 25, 98))))
    else:
        book.schedule(pays_on, Payment(item))
