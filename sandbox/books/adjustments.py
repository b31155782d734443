"""Period-end entries without an invoice: accruals, deferrals, corrections, revaluations, group and tax entries.

Also the odd ones: items on control accounts without a term, an account that was deleted later, budget lines.
"""

from __future__ import annotations

from datetime import date, timedelta

from sandbox.books import bank
from sandbox.books.book import Book, Transfer
from sandbox.books.charts.accounts import Account
from sandbox.books.ledger import Entry
from sandbox.books.money import convert, share
from sandbox.books.terms import RECEIPT

GENERAL = "90"
MONTHLY_PREMIUM = 40_000
REVALUATION, DIFFERENCE, DEFERRED_REVENUE, DEFERRED_COST, OTHER = 80, 82, 84, 86, 90
ACCRUED_REVENUE, CORRECTION, BUDGET = 95, 290, 3000
YEAR_ITEMS = (
    (CORRECTION, "Correctie huurkosten", "general_cost", "cost", 12_345),
    (OTHER, "Debiteur naar vraagposten (zonder post)", "query", "receivable", 5_050),
    (OTHER, "Crediteur van vraagposten (zonder post)", "payable", "query", 2_525),
    (OTHER, "Nog in te delen", "unmapped_cost", "clearing", 4_321),
    (OTHER, "Storting groep", "group_current", "receivable_group", 7_500),
)


def _post(
    book: Book,
    day: date,
    what: tuple[int, str],
    accounts: tuple[Account, Account],
    amount: int,
    *,
    period: tuple[int, int] | None = None,
) -> None:
    """Book an amount of a transaction type from the second account to the first, with a text."""
    type_, text = what
    debit, credit = accounts
    entry = Entry(GENERAL, day, type_, text, period=period)
    entry.add(debit, amount, **book.axes.values(debit, day))
    entry.add(credit, -amount, **book.axes.values(credit, day))
    book.ledger.post(entry)


def post_accrual(book: Book, day: date) -> None:
    """Accrue costs (or revenue, where the profile says so) at month end, reversed on the first of the next month."""
    amount = book.rng.randint(30_000, 90_000)
    if book.profile.accrual_type == ACCRUED_REVENUE:
        debit, credit = book.account("unbilled"), book.account("revenue_services")
    else:
        debit, credit = book.account("audit"), book.account("accrued")
    _post(book, day, (book.profile.accrual_type, f"Overlopend {day:%Y-%m}"), (debit, credit), amount)
    following = day + timedelta(days=1)
    if following <= book.today:
        _post(book, following, (book.profile.accrual_type, f"Terugboeking {day:%Y-%m}"), (credit, debit), amount)


def post_insurance(book: Book, day: date) -> None:
    """Defer the premium for the rest of the year in its first month and release a part every month."""
    prepaid, insurance = book.account("prepaid"), book.account("insurance")
    opened_on = book.calendar.starts_on
    if day.month == 1 or (day.year, day.month) == (opened_on.year, opened_on.month):
        premium = MONTHLY_PREMIUM * (13 - day.month)
        book.schedule(day, Transfer(insurance, -premium, "Jaarpremie verzekering"))
        _post(book, day, (DEFERRED_COST, "Jaarpremie naar vooruitbetaald"), (prepaid, insurance), premium)
    _post(book, day, (DEFERRED_COST, f"Verzekering {day:%Y-%m}"), (insurance, prepaid), MONTHLY_PREMIUM)


def post_deferred_revenue(book: Book, day: date) -> None:
    """Defer a subscription once a year and release it at the end of the next quarter."""
    revenue, deferred = book.account("revenue_services"), book.account("deferred_revenue")
    if day.month == 3:
        _post(book, day, (DEFERRED_REVENUE, "Vooruitgefactureerd abonnement"), (revenue, deferred), 90_000)
    if day.month == 6:
        _post(book, day, (DEFERRED_REVENUE, "Vrijval abonnement"), (deferred, revenue), 90_000)


def post_revaluation(book: Book, day: date) -> None:
    """Revalue open foreign receivables at year end (type 80), taken back by a type 82 entry a month later."""
    receivable, result = book.account("receivable"), book.account("exchange_difference")
    difference = 0
    for item in book.terms.items.values():
        currency = item.line["Currency"]
        if item.side == RECEIPT and item.is_open and currency != book.profile.currency:
            difference += convert(item.open_fc, book.rates.on(currency, day)) - item.open_dc
    difference = difference or 1_234
    _post(book, day, (REVALUATION, "Herwaardering debiteuren vreemde valuta"), (receivable, result), difference)
    back_on = day + timedelta(days=31)
    if back_on <= book.today:
        _post(book, back_on, (DIFFERENCE, "Terugneming herwaardering"), (result, receivable), difference)


def post_year_items(book: Book, day: date) -> None:
    """Book what happens once a year, in November: bad debt, a correction, and control lines without a term."""
    own = book.profile.currency
    old = [item for item in book.terms.items.values()
           if item.side == RECEIPT and item.is_open and item.line["Currency"] == own
           and item.open_dc > 0 and (day - item.day).days > 150]  # fmt: skip
    if old:
        bank.post_difference(book, old[0], day, book.account("bad_debt"), what=(OTHER, "Afboeking oninbaar"))
    for type_, text, debit, credit, amount in YEAR_ITEMS:
        _post(book, day, (type_, text), (book.account(debit), book.account(credit)), amount)


def post_interest(book: Book, day: date) -> None:
    """Charge interest on the loan and income tax at the end of a quarter."""
    _post(
        book,
        day,
        (OTHER, f"Rente lening {day:%Y-%m}"),
        (book.account("interest_cost"), book.account("interest_payable")),
        187_500,
    )
    book.schedule(day + timedelta(days=15), Transfer(book.account("interest_payable"), -187_500, "Rente lening"))
    tax = share(book.rng.randint(400_000, 900_000), 1, 1)
    income_tax = next(account for account in book.chart.accounts if account.type == 150)
    _post(book, day, (OTHER, "Voorlopige winstbelasting"), (income_tax, book.account("income_tax")), tax)
    book.schedule(
        day + timedelta(days=20), Transfer(book.account("income_tax"), -tax, "Belastingdienst winstbelasting")
    )


def post_deleted_account(book: Book, day: date) -> None:
    """Use an account that is deleted later on: in and out within the first year."""
    old, clearing = book.account("deleted_account"), book.account("clearing")
    _post(book, day, (OTHER, "Import oude boekhouding"), (old, clearing), 10_000)
    _post(book, day + timedelta(days=70), (OTHER, "Opschonen import"), (clearing, old), 10_000)


def post_budget_lines(book: Book, day: date) -> None:
    """Write a few lines of type 3000: budget kept as transactions."""
    debit, credit = book.account("audit"), book.account("revenue_services")
    _post(book, day, (BUDGET, "Budget advieskosten"), (debit, credit), 250_000)


def post_adjustment(book: Book, year: int, period: int) -> None:
    """Book the auditor's adjustments in the period after the last."""
    day = book.calendar.last_day(year)
    _post(
        book,
        day,
        (OTHER, "Controleaanpassing accountant"),
        (book.account("audit"), book.account("accrued")),
        65_000,
        period=(year, period),
    )
    _post(
        book,
        day,
        (CORRECTION, "Correctie voorraad"),
        (book.account("cogs"), book.account("stock")),
        21_212,
        period=(year, period),
    )
