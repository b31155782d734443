"""The life of an administration, told day by day from its opening up to `today`.

Every day's happenings run in order, so that row versions rise as they would in a real administration. What each
happening books is told in its own module.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial

from sandbox.books import adjustments, asset_events, bank, closing, payroll, purchases, sales, vat
from sandbox.books.assets import Register
from sandbox.books.axes import Axes
from sandbox.books.book import Book
from sandbox.books.budgets import insert_budgets
from sandbox.books.calendar import add_months, build_calendar
from sandbox.books.charts.accounts import insert_accounts, read_chart
from sandbox.books.charts.classifications import insert_classifications
from sandbox.books.ledger import Ledger
from sandbox.books.masters import insert_masters, name_journals
from sandbox.books.opening import post_opening
from sandbox.books.profile import Profile, volume_of
from sandbox.books.rates import Rates
from sandbox.books.relations import make_relations
from sandbox.books.store import Store
from sandbox.books.terms import Terms

USUAL_MONTHS = 44
SALES_TODAY = 6
Happening = tuple[date, int, Callable[[], object]]


def prepare(profile: Profile, seed: int, size: str, today: date) -> tuple[Book, Register]:
    """Set up an administration with its master data and opening balance."""
    volume = volume_of(profile, size)
    rng = random.Random(f"{seed}:{profile.code}")
    store = Store(profile, seed, today)
    calendar = build_calendar(today, volume.earlier_years, profile.first_year, profile.months_per_period)
    opened_on = calendar.starts_on
    chart = read_chart(profile, store)
    insert_accounts(chart, profile, store, rng, opened_on)
    insert_classifications(chart, profile, store, rng, opened_on)
    insert_masters(profile, chart, calendar, store, opened_on)
    vat.insert_codes(profile, chart, store, opened_on)
    ledger = Ledger(profile, chart, calendar, store, seed=seed, today=today)
    name_journals(ledger)
    book = Book(
        profile, volume, today, store, chart, calendar, ledger, Terms(chart, calendar, store),
        Axes(profile, store, seed, opened_on), Rates(profile, calendar, store, rng, today), rng,
    )  # fmt: skip
    book.customers = make_relations(profile, volume, store, rng, opened_on, kind="customer")
    book.suppliers = make_relations(profile, volume, store, rng, opened_on, kind="supplier")
    book.axes.insert(opened_on, today, [relation.id for relation in book.customers])
    insert_budgets(book)
    register = Register(book)
    post_opening(book, register)
    return book, register


def tell(book: Book, register: Register) -> None:
    """Let everything happen, month by month."""
    assets = _asset_happenings(book, register)
    month, number = book.calendar.starts_on, 0
    total = (book.today.year - month.year) * 12 + book.today.month - month.month + 1
    while month <= book.today:
        happenings = _month(book, register, month, number, total)
        following = add_months(month, 1)
        happenings += [happening for happening in assets if month <= happening[0] < following]
        for _, _, act in sorted((h for h in happenings if h[0] <= book.today), key=lambda h: h[:2]):
            act()
        month, number = following, number + 1
    _sell_today(book)


def _sell_today(book: Book) -> None:
    """Leave some sales entries open that nothing was matched with, whatever day it is."""
    home = [relation for relation in book.customers if relation.region == "home"]
    for customer in home[:SALES_TODAY]:
        sales.post_invoice(book, book.today, customer)


def _month(book: Book, register: Register, month: date, number: int, total: int) -> list[Happening]:
    happenings: list[Happening] = []
    last = add_months(month, 1) - timedelta(days=1)

    def at(day: date, act: Callable[[], object]) -> None:
        happenings.append((day, len(happenings), act))

    _trade(book, month, number, total, at)
    for turn in range(book.volume.statements_per_month):
        day = month + timedelta(days=28 // book.volume.statements_per_month * (turn + 1) - 1)
        at(day, partial(bank.post_statement, book, day, bank.BANK))
    foreign_day = month + timedelta(days=24)
    if month.month % 2:  # statements of the foreign account come every other month
        at(foreign_day, partial(bank.post_statement, book, foreign_day, bank.BANK_FOREIGN))
    at(month + timedelta(days=24), partial(payroll.post_payroll, book, month + timedelta(days=24)))
    at(last, partial(adjustments.post_accrual, book, last))
    at(last, partial(adjustments.post_insurance, book, last))
    at(last, partial(adjustments.post_deferred_revenue, book, last))
    if month.month % 3 == 0:
        at(last, partial(vat.post_return, book, last))
        at(last, partial(adjustments.post_interest, book, last))
        at(month + timedelta(days=9), partial(bank.post_cash, book, month + timedelta(days=9)))
    if month.month == 12:
        at(last, partial(adjustments.post_revaluation, book, last))
    if month.month == 11:
        at(month + timedelta(days=11), partial(adjustments.post_year_items, book, month + timedelta(days=11)))
    if number == 1:
        at(month, partial(adjustments.post_deleted_account, book, month))
        at(month, partial(adjustments.post_budget_lines, book, month))
    if book.calendar.at(last).ends_on == last:
        at(last, partial(asset_events.depreciate, book, register, book.calendar.at(last)))
    if month.month == 4:
        _close(book, month, at)
    return happenings


def _close(book: Book, month: date, at: Callable[[date, Callable[[], object]], None]) -> None:
    """In April the auditor is done with the first year: adjustments, then the close."""
    year = book.calendar.first_year
    if month.year != book.calendar.last_day(year).year + 1:
        return
    if book.profile.has_adjustment_period:
        at(month, partial(adjustments.post_adjustment, book, year, 13))
    at(month, partial(closing.close_year, book, year))


def _trade(book: Book, month: date, number: int, total: int, at: Callable[[date, Callable[[], object]], None]) -> None:
    """Spread invoices over the month; the same number every month, so that old and new months look alike."""
    rng, volume = book.rng, book.volume
    busier = max(0, USUAL_MONTHS - total) if volume.all_assets else 0  # a short life needs as many lines
    for each, post in ((volume.sales_entries, sales.post_invoice), (volume.purchase_entries, purchases.post_invoice)):
        count = each + each * busier // total
        for _ in range(count * (number + 1) // total - count * number // total):
            day = month + timedelta(days=rng.randrange(27))
            at(day, partial(post, book, day))
    every = 1 if volume.all_assets else 3
    if number % every == 0:
        at(month + timedelta(days=17), partial(sales.post_credit_note, book, month + timedelta(days=17)))
    if number % 3 == 1:
        day = month + timedelta(days=19)
        at(day, partial(purchases.post_credit_note, book, day))
        if late := purchases.date_of_late_invoice(book, month):
            at(month + timedelta(days=4), partial(purchases.post_invoice, book, late, month))
    if number % (2 * every) == 1:
        customer = rng.choice([relation for relation in book.customers if relation.region == "home"])
        amount = rng.randint(20_000, 150_000)
        at(
            month + timedelta(days=12),
            partial(bank.post_unallocated, book, month + timedelta(days=12), customer, amount),
        )
    if number % (6 * every) == 5:
        supplier = rng.choice([relation for relation in book.suppliers if relation.region == "home"])
        at(
            month + timedelta(days=12),
            partial(bank.post_unallocated, book, month + timedelta(days=12), supplier, -45_000),
        )


def _asset_happenings(book: Book, register: Register) -> list[Happening]:
    """Plan when each asset is bought and what happens to it."""
    happenings: list[Happening] = []
    months = (book.today.year - book.calendar.starts_on.year) * 12 + book.today.month - book.calendar.starts_on.month
    known = {asset.spec: asset for asset in register.assets}
    for number, spec in enumerate(register.specs()):
        if spec not in known:
            asset = known[spec] = register.card(spec)
            if spec.kind in ("buy", "direct", "future"):
                day = register.starts_on(spec) + timedelta(days=4)
                happenings.append((day, -number, partial(asset_events.invest, book, register, asset, day)))
        if spec.event:
            day = add_months(book.calendar.starts_on, int(spec.event_at * months)) + timedelta(days=9)
            if book.calendar.months_per_period > 1:  # at the start of a period: its depreciation is the successor's
                day = book.calendar.at(day).starts_on + timedelta(days=9)
            asset = known[spec]
            happenings.append((day, 1000 + number, partial(asset_events.happen, book, register, asset, day)))
    return happenings
