"""Bank and cash: statements that settle items in full or in part, unallocated money, small and exchange differences.

A foreign-currency item is settled at its own book rate; the difference with the day's rate is a result line of the same
entry (type 82), so control accounts and items agree at every date.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from datetime import date

from sandbox.books.book import Book, Payment, Transfer
from sandbox.books.charts.accounts import Account
from sandbox.books.ledger import Entry
from sandbox.books.money import convert, share
from sandbox.books.relations import Relation
from sandbox.books.rows import Row
from sandbox.books.terms import RECEIPT, Item

BANK, BANK_FOREIGN, CASH = "20", "21", "10"
CASH_FLOW, EXCHANGE_DIFFERENCE, PAYMENT_DIFFERENCE = 40, 82, 83
GENERAL = "90"


@dataclass(slots=True)
class Settlement:
    """What one statement line settles: amounts of the item in its ledger sign."""

    item: Item
    amount_dc: int
    amount_fc: int
    shortfall: int
    line: int  # position in the entry


def post_statement(book: Book, day: date, journal: str) -> None:
    """Book a statement with everything planned up to the day for this bank account."""
    foreign = journal == BANK_FOREIGN
    currency = book.profile.bank_currency if foreign else book.profile.currency
    entry = Entry(
        journal, day, CASH_FLOW, f"Afschrift {day:%d-%m-%Y}", currency=currency, rate=book.rates.on(currency, day)
    )
    settlements = [_add_payment(book, entry, payment) for payment in _due(book, day, journal)]
    moved = -sum(line["amount"] for line in entry.lines)
    if not foreign:
        for transfer in _due_transfers(book, day):
            entry.add(transfer.account, -transfer.amount, Description=transfer.description)
            moved += transfer.amount
        moved += _add_costs(book, entry)
    if not entry.lines:
        return
    header_fc = -sum(line["foreign"] or 0 for line in entry.lines) if foreign else None
    header = (
        convert(header_fc, entry.rate) if header_fc is not None else moved - _exchange_result(book, entry, settlements)
    )
    entry.add(book.account("bank_fc" if foreign else "bank"), header, number=0, foreign=header_fc)
    _add_exchange_difference(book, entry)
    rows = book.ledger.post(entry)
    for settlement in settlements:
        _settle(book, settlement, rows)


def post_unallocated(book: Book, day: date, relation: Relation, amount: int) -> None:
    """Book money that belongs to nobody's invoice yet; positive is received from a customer."""
    role = "receivable" if amount > 0 else "payable"
    entry = Entry(BANK, day, CASH_FLOW, "Vooruitbetaling / onbekend kenmerk", relation=relation)
    entry.add(book.account("bank"), amount, number=0)
    entry.add(book.account(role), -amount)
    row = book.ledger.post(entry)[1]
    book.unallocated.append(book.terms.open(row, relation, None, None))


def allocate(book: Book, invoice: Item) -> None:
    """Match older unallocated money of the same relation with a new invoice; some is left lying for ever."""
    for cash in list(book.unallocated):
        if cash.relation is invoice.relation and cash.line["Currency"] == invoice.line["Currency"] and invoice.is_open:
            if cash.side != invoice.side or cash.line["EntryNumber"] % 3 == 0:
                continue
            amount = min(abs(cash.open_dc), abs(invoice.open_dc)) * (1 if invoice.open_dc > 0 else -1)
            book.terms.match(invoice, cash, amount, amount)
            if not cash.is_open:
                book.unallocated.remove(cash)


def post_cash(book: Book, day: date) -> None:
    """Book a small expense from the till."""
    account = book.rng.choice(book.chart.roles("cash_cost"))
    amount = book.rng.randint(500, 9_000)
    entry = Entry(CASH, day, CASH_FLOW, "Kasuitgave")
    entry.add(book.account("cash"), -amount, number=0)
    entry.add(account, amount, **book.axes.values(account, day))
    book.ledger.post(entry)


def post_difference(book: Book, item: Item, day: date, account: Account, *, what: tuple[int, str]) -> None:
    """Write off what is open of an item against a result account."""
    type_, description = what
    entry = Entry(GENERAL, day, type_, description, relation=item.relation)
    entry.add(book.chart.by_id[item.line["GLAccount"]], -item.open_dc)
    entry.add(account, item.open_dc, **book.axes.values(account, day))
    row = book.ledger.post(entry)[0]
    difference = book.terms.open(row, item.relation, None, item.term["YourRef"])
    book.terms.match(item, difference, item.open_dc, item.open_fc)


def _due(book: Book, day: date, journal: str) -> list[Payment]:
    """Take the planned payments of this bank account, the rest stays planned."""
    own_bank = book.profile.bank_currency
    taken: dict[str, Payment] = {}
    kept: list[tuple[date, int, Payment | Transfer]] = []
    while book.plan and book.plan[0][0] <= day:
        planned = heapq.heappop(book.plan)
        what = planned[2]
        if isinstance(what, Transfer):
            kept.append(planned)
        elif what.item.is_open:
            is_foreign = what.item.line["Currency"] == own_bank
            if is_foreign == (journal == BANK_FOREIGN):
                taken.setdefault(what.item.line["ID"], what)  # one payment of an item per statement
            else:
                kept.append(planned)
    for planned in kept:
        heapq.heappush(book.plan, planned)
    return list(taken.values())


def _due_transfers(book: Book, day: date) -> list[Transfer]:
    due = [planned for planned in book.plan if planned[0] <= day and isinstance(planned[2], Transfer)]
    for planned in due:
        book.plan.remove(planned)
    heapq.heapify(book.plan)
    found = [planned[2] for planned in sorted(due, key=lambda planned: planned[:2])]
    return [what for what in found if isinstance(what, Transfer)]


def _add_payment(book: Book, entry: Entry, payment: Payment) -> Settlement:
    item = payment.item
    part_dc, part_fc = item.open_dc, item.open_fc
    if payment.thousandths < 1000:
        part_dc = part_fc = share(item.open_dc, payment.thousandths, 1000)
    shortfall = payment.shortfall if abs(part_dc) > payment.shortfall else 0
    account = book.chart.by_id[item.line["GLAccount"]]
    paid_dc, paid_fc = part_dc - shortfall, part_fc - shortfall
    position = len(entry.lines)
    is_foreign = item.line["Currency"] != book.profile.currency
    fields = {
        "Account": item.relation.id, "AccountCode": item.relation.code, "AccountName": item.relation.name,
        "YourRef": item.term["YourRef"], "Description": item.line["Description"], "OffsetID": item.line["ID"],
        "InvoiceNumber": item.line["InvoiceNumber"],
    }  # fmt: skip
    if is_foreign:
        fields |= {"Currency": item.line["Currency"], "ExchangeRate": item.line["ExchangeRate"]}
    entry.add(account, -paid_dc, foreign=-paid_fc if is_foreign else None, **fields)
    return Settlement(item, paid_dc, paid_fc, shortfall, position)


def _exchange_result(book: Book, entry: Entry, settlements: list[Settlement]) -> int:
    """What the own-currency bank paid or got differently because of foreign items on it."""
    result = 0
    for settlement in settlements:
        currency = settlement.item.line["Currency"]
        if currency != book.profile.currency:
            result += settlement.amount_dc - convert(settlement.amount_fc, book.rates.on(currency, entry.day))
    return result


def _add_exchange_difference(book: Book, entry: Entry) -> None:
    rest = -sum(line["amount"] for line in entry.lines)
    if rest:
        account = book.account("exchange_difference")
        axes = book.axes.values(account, entry.day)
        entry.add(account, rest, Type=EXCHANGE_DIFFERENCE, Description="Koersverschil", **axes)


def _add_costs(book: Book, entry: Entry) -> int:
    """Bank charges once a month, interest in January; returns what the bank moved."""
    if entry.day.day > 7:
        return 0
    costs = book.rng.randint(800, 4_500)
    account = book.account("bank_costs")
    entry.add(account, costs, Description="Bankkosten", **book.axes.values(account, entry.day))
    return -costs


def _settle(book: Book, settlement: Settlement, rows: list[Row]) -> None:
    item, row = settlement.item, rows[settlement.line]
    money = book.terms.open(row, item.relation, None, item.term["YourRef"])
    book.terms.match(item, money, settlement.amount_dc, settlement.amount_fc)
    if not item.line.get("OffsetID"):
        book.store.change(item.line, row["Date"], {"OffsetID": row["ID"]})
    if settlement.shortfall and item.side == RECEIPT:
        is_discount = settlement.shortfall > 100
        role = "discount" if is_discount else "payment_difference"
        text = "Betalingskorting" if is_discount else "Betalingsverschil"
        post_difference(book, item, row["Date"], book.account(role), what=(PAYMENT_DIFFERENCE, text))
