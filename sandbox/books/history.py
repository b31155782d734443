"""What happened to rows after they were made: edits, regenerated ids, recoding, deletions, rows that came back.

Amounts change only in open entries of the current period, so closed years and VAT returns stay right.
"""

from __future__ import annotations

import random
from datetime import date, timedelta

from sandbox.books.assets import ASSETS
from sandbox.books.axes import COST_CENTERS, PROJECTS, RECODED, WBS
from sandbox.books.book import Book
from sandbox.books.budgets import BUDGETS
from sandbox.books.charts.accounts import GL_ACCOUNTS
from sandbox.books.charts.classifications import CLASSIFICATIONS, MAPPINGS
from sandbox.books.ledger import LINES, OPEN
from sandbox.books.money import cents, convert, money
from sandbox.books.relations import RELATIONS
from sandbox.books.rows import Row
from sandbox.books.terms import PAYMENT, RECEIPT, TERM_SELECTED, TERM_SENT, Item

LINE, RELATION, ACCOUNT, TERM, CLASSIFICATION, PROJECT, WBS_ELEMENT = 1, 2, 7, 10, 18, 21, 25
LOGGED_ONLY = (
    LINE,
    RELATION,
    6,
    ACCOUNT,
    TERM,
    13,
    CLASSIFICATION,
    PROJECT,
    WBS_ELEMENT,
    77,
)  # 77: no such type is known
FIRST_VAT_LINE = 9000
ENTRIES_TO_LEAVE = 4  # open entries that stay for the life after


def rewrite(book: Book) -> None:
    """Apply the whole history; happens within the two months the delete log remembers."""
    rng = random.Random(f"{book.profile.code}:history")
    day = book.today - timedelta(days=9)
    _log_unknown(book, day)
    _recode_center(book, day)
    _delete_parents(book, day)
    _edit_texts(book, rng, day)
    _select_for_payment(book, rng)
    untouched = untouched_entries(book)
    for item in untouched[:2]:
        edit_entry(book, item, 1_234, book.today)
    for item in untouched[2:3] if len(untouched) > ENTRIES_TO_LEAVE else ():
        delete_entry(book, item, book.today)
    items = [item for item in book.terms.items.values() if not item.is_open and len(item.rows) > 1]
    for item in [*rng.sample(items, min(6, len(items))), *untouched[3:9]]:
        book.terms.regenerate(item, day)
    _come_back(book, day)


def entry_lines(book: Book, entry_id: str) -> list[Row]:
    """List the lines of an entry by number."""
    lines = [row for row in book.store.table(LINES).values() if row["EntryID"] == entry_id]
    return sorted(lines, key=lambda row: row["LineNumber"])


def untouched_entries(book: Book) -> list[Item]:
    """List sales items of open entries that nothing was matched with, in own currency."""
    return [
        item for item in book.terms.items.values()
        if item.side == RECEIPT and item.line["Status"] == OPEN and item.line["Type"] == 20 and len(item.rows) == 1
        and item.is_open and item.open_dc == cents(item.line["AmountDC"]) and item.relation.region != "world"
    ]  # fmt: skip


def edit_entry(book: Book, item: Item, by: int, day: date) -> Item:
    """Raise the first revenue line of an open sales entry, with VAT and header; its terms get new ids."""
    lines = entry_lines(book, item.line["EntryID"])
    first = next(line for line in lines if 0 < line["LineNumber"] < FIRST_VAT_LINE)
    difference = by
    _set_amount(book, first, cents(first["AmountDC"]) - by, day)
    for tax in lines:
        if tax["LineNumber"] > FIRST_VAT_LINE and tax["VATCode"] == first["VATCode"]:
            base = cents(tax["AmountVATBaseFC"]) - by
            new = convert(base, tax["VATPercentage"])
            difference += cents(tax["AmountDC"]) - new
            _set_amount(book, tax, new, day)
            tax["AmountVATBaseFC"] = money(base)
    _set_amount(book, item.line, cents(item.line["AmountDC"]) + difference, day)
    condition, reference = item.term["PaymentCondition"], item.term["YourRef"]
    book.terms.forget(item, day)
    return book.terms.open(item.line, item.relation, condition, reference)


def _set_amount(book: Book, line: Row, amount: int, day: date) -> None:
    book.store.change(line, day, {"AmountDC": money(amount), "AmountFC": money(amount)})


def delete_entry(book: Book, item: Item, day: date) -> None:
    """Delete an open entry with its lines and terms."""
    book.terms.forget(item, day)
    for line in entry_lines(book, item.line["EntryID"]):
        book.store.remove(LINES, line["ID"], day, LINE)


def _log_unknown(book: Book, day: date) -> None:
    """Log deletions of rows nobody ever read, one of a type no list knows."""
    for entity_type in LOGGED_ONLY:
        book.store.log_deletion(book.store.guid(), day - timedelta(days=30), entity_type)


def _recode_center(book: Book, day: date) -> None:
    """Give a cost centre another code: Exact rewrites every row that carries it."""
    if not book.profile.cost_centers:
        return
    old, new = RECODED
    book.axes.recode(old, new)
    for path, field in ((COST_CENTERS, "Code"), (LINES, "CostCenter"), (BUDGETS, "Costcenter"), (ASSETS, "Costcenter")):
        for row in book.store.table(path).values():
            if row[field] == old:
                book.store.change(row, day, {field: new})


def _delete_parents(book: Book, day: date) -> None:
    """Delete parents that lines still refer to, and two that nothing refers to."""
    book.store.remove(GL_ACCOUNTS, book.account("deleted_account").id, day, ACCOUNT)
    book.store.remove(RELATIONS, book.suppliers[-1].id, day, RELATION)
    mapped = {row["Classification"] for row in book.store.table(MAPPINGS).values()}
    parents = {row["Parent"] for row in book.store.table(CLASSIFICATIONS).values()}
    free = [key for key in book.store.table(CLASSIFICATIONS) if key not in mapped and key not in parents]
    if free:
        book.store.remove(CLASSIFICATIONS, free[-1], day, CLASSIFICATION)
    if book.axes.projects:
        project = book.axes.projects[0]
        for key in [key for key, row in book.store.table(WBS).items() if row["Project"] == project.id]:
            book.store.remove(WBS, key, day, WBS_ELEMENT)
        book.store.remove(PROJECTS, project.id, day, PROJECT)
        book.axes.projects.remove(project)
    book.suppliers.pop()


def _edit_texts(book: Book, rng: random.Random, day: date) -> None:
    """Correct texts of old and new lines: newer versions on older dates."""
    lines = list(book.store.table(LINES).values())
    for line in rng.sample(lines, min(60, len(lines) // 10)):
        book.store.change(
            line, day, {"Notes": 'Aangepast door "controle" ✏️', "Description": (line["Description"] or "") + " *"}
        )
    for row in rng.sample(list(book.store.table(RELATIONS).values()), 3):
        book.store.change(row, day, {"Name": row["Name"] + " (nieuw)"})


def _select_for_payment(book: Book, rng: random.Random) -> None:
    """Put some open items on a payment run: selected, or already sent to the bank."""
    items = [item for item in book.terms.items.values() if item.is_open and item.term["PaymentCondition"]]
    for item in items:
        draw = rng.random()
        if item.side == PAYMENT and item.open_dc < 0 and draw < 0.3:
            status = TERM_SELECTED if draw < 0.15 else TERM_SENT
            values = {"Status": status, "PaymentSelected": book.today, "PaymentBatchNumber": 12, "ApprovalStatus": 4}
        elif item.side == RECEIPT and item.term["PaymentMethod"] == "I":
            values = {"Status": TERM_SELECTED, "ReceivableSelected": book.today, "ReceivableBatchNumber": 7}
        else:
            continue
        book.store.change(item.term, book.today, values)


def _come_back(book: Book, day: date) -> None:
    """A row deleted and restored under its own id: the log's version is older than the row's."""
    row = book.store.table(GL_ACCOUNTS)[book.account("query").id]
    book.store.log_deletion(row["ID"], day, ACCOUNT)
    book.store.change(row, day, {"Description": row["Description"] + " (hersteld)"})
