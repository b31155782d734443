"""Life after the books were built: one small event per step, in a fixed rotation.

Everything is dated on the day the books were built for; row versions rise, entries balance, items tie.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sandbox.books import bank, history, purchases, sales
from sandbox.books.axes import COST_CENTERS
from sandbox.books.book import Book, Payment
from sandbox.books.charts.accounts import GL_ACCOUNTS
from sandbox.books.ledger import Entry
from sandbox.books.relations import RELATIONS, Relation, insert_relation
from sandbox.books.terms import RECEIPT, Item


def step(book: Book, number: int, rng: random.Random) -> None:
    """Let the next thing happen."""
    book.rng = rng
    ROTATION[number % len(ROTATION)](book, number)


def _sell(book: Book, number: int) -> None:
    sales.post_invoice(book, book.today)


def _buy(book: Book, number: int) -> None:
    purchases.post_invoice(book, book.today)


def _receive(book: Book, number: int) -> None:
    """Pay some open items today, one of them in part."""
    own = book.profile.currency
    items = [
        item
        for item in book.terms.items.values()
        if item.is_open and item.line["Currency"] == own and _is_invoice(item)
    ]
    chosen = book.rng.sample(items, min(3, len(items)))
    for position, item in enumerate(chosen):
        book.schedule(book.today, Payment(item, thousandths=400 if position == 0 else 1000))
    bank.post_statement(book, book.today, bank.BANK)


def _is_invoice(item: Item) -> bool:
    return item.term["YourRef"] is not None and (item.open_dc > 0) == (item.side == RECEIPT)


def _edit(book: Book, number: int) -> None:
    """Change the amount of an open sales entry."""
    history.edit_entry(book, open_entry(book), book.rng.randint(100, 9_999), book.today)


def _delete(book: Book, number: int) -> None:
    """Delete an open sales entry."""
    history.delete_entry(book, open_entry(book), book.today)


def open_entry(book: Book) -> Item:
    """Take the oldest open sales entry nothing was matched with; makes one if there is none."""
    items = history.untouched_entries(book)
    while not items:
        customer = next(relation for relation in book.customers if relation.region == "home")
        sales.post_invoice(book, book.today, customer)
        items = history.untouched_entries(book)
    return items[0]


def _rename(book: Book, number: int) -> None:
    """Rename a customer and a ledger account."""
    for path in (RELATIONS, GL_ACCOUNTS):
        row = book.rng.choice(list(book.store.table(path).values()))
        field = "Name" if path == RELATIONS else "Description"
        book.store.change(row, book.today, {field: f"{row[field]} #{number}"})


def _grow(book: Book, number: int) -> None:
    """Open a cost centre (or, without the axis, take on a customer) and use it."""
    account = book.account("audit")
    entry = Entry("90", book.today, 90, f"Nieuw {number}")
    fields: dict[str, Any] = {}
    if book.profile.cost_centers:
        code = f"NEW{number}"
        book.store.insert(
            COST_CENTERS, book.today, {"Code": code, "Description": f"Nieuwe kostenplaats {number}", "Active": True}
        )
        fields = {"CostCenter": code, "CostCenterDescription": f"Nieuwe kostenplaats {number}"}
    else:
        relation = Relation(
            book.store.guid(), str(900 + number).rjust(18), f"Nieuwe klant {number}", book.profile.country,
            book.profile.currency, "30", 0, False, "home",
        )  # fmt: skip
        insert_relation(relation, book.store, book.rng, book.today, "customer")
        book.customers.append(relation)
    entry.add(account, 10_000, **fields)
    entry.add(book.account("accrued"), -10_000)
    book.ledger.post(entry)


def _receive_unknown(book: Book, number: int) -> None:
    """Receive money nobody can place, and credit part of an old invoice."""
    customer = next(relation for relation in book.customers if relation.region == "home")
    bank.post_unallocated(book, book.today - timedelta(days=number % 2), customer, book.rng.randint(1_000, 90_000))
    sales.post_credit_note(book, book.today)


ROTATION: tuple[Callable[[Book, int], None], ...] = (
    _sell, _buy, _receive, _edit, _delete, _rename, _grow, _receive_unknown,
)  # fmt: skip
