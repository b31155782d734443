"""What goes wrong with an administration's rows outside its accounting: moves, losses nobody logs, forgotten logs.

None of it is announced; whoever keeps a copy must find out.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from sandbox.books import advance, history
from sandbox.books.book import Book
from sandbox.books.ledger import LINES
from sandbox.books.store import DELETED
from sandbox.books.terms import Item

#: Far below the first versions: after a move a copy's highest version lies above all that is to come.
VERSIONS_AFTER_A_MOVE = 4_000_000_000
#: An entry needs its header and one line to be edited later.
FEWEST_LINES = 2


def move(book: Book, rng: random.Random) -> None:
    """Number all row versions anew, lower and in another order, as a move to another server does."""
    rows = [row for table in book.store.tables.values() for row in table.values() if "Timestamp" in row]
    rng.shuffle(rows)
    book.store.restart_versions(VERSIONS_AFTER_A_MOVE)
    for row in rows:
        row["Timestamp"] = book.store.version()


def lose_entry(book: Book, rng: random.Random) -> None:
    """Delete an open entry with its terms, and write nothing to the delete log."""
    before = set(book.store.table(DELETED))
    history.delete_entry(book, _untouched(book, rng), book.today)
    _strike_from_log(book, before)


def lose_line(book: Book, rng: random.Random) -> None:
    """Bring an entry out of balance: its last line is gone, and the log does not say so."""
    entries = [history.entry_lines(book, item.line["EntryID"]) for item in history.untouched_entries(book)]
    longer = [lines for lines in entries if len(lines) > FEWEST_LINES]
    if longer:
        del book.store.table(LINES)[rng.choice(longer)[-1]["ID"]]
        book.store.version()


def regenerate_terms(book: Book, rng: random.Random) -> None:
    """Give the terms of an item new ids, and log none of the old ones."""
    before = set(book.store.table(DELETED))
    book.terms.regenerate(rng.choice(list(book.terms.items.values())), book.today)
    _strike_from_log(book, before)


def forget_deletions(book: Book, rng: random.Random) -> None:
    """Empty the delete log, as two months do."""
    book.store.table(DELETED).clear()
    book.store.version()


def move_line(book: Book, rng: random.Random) -> None:
    """Move an open entry to the period before: its lines change their period and nothing else."""
    item = _untouched(book, rng)
    for line in history.entry_lines(book, item.line["EntryID"]):
        earlier = line["FinancialPeriod"] - 1 or 1
        book.store.change(line, book.today, {"FinancialPeriod": earlier})
    book.store.change(item.term, book.today, {"TransactionReportingPeriod": item.line["FinancialPeriod"]})


def _untouched(book: Book, rng: random.Random) -> Item:
    """Choose an open entry that nothing was matched with; one is made if there is none."""
    book.rng = rng
    return rng.choice(history.untouched_entries(book) or [advance.open_entry(book)])


def _strike_from_log(book: Book, before: set[str]) -> None:
    log = book.store.table(DELETED)
    for key in set(log) - before:
        del log[key]


INCIDENTS: dict[str, Callable[[Book, random.Random], None]] = {
    each.__name__: each for each in (move, lose_entry, lose_line, regenerate_terms, forget_deletions, move_line)
}
