"""Small tables every administration has: journals, periods, types, sources, payment conditions.

Static facts only; what moves (rates, VAT, axes, relations) has its own module.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from sandbox.books.calendar import Calendar
from sandbox.books.charts.accounts import Chart
from sandbox.books.ledger import Ledger
from sandbox.books.profile import Profile
from sandbox.books.rows import blank
from sandbox.books.store import Store
from sandbox.books.terms import CONDITIONS

JOURNALS, PERIODS = "financial/Journals", "financial/FinancialPeriods"
TYPES, SOURCES = "financial/GLTransactionTypes", "financial/GLTransactionSources"
PAYMENT_CONDITIONS = "cashflow/PaymentConditions"
JOURNAL_LIST = (
    ("10", "Kas", 10, "cash"), ("20", "Bank", 12, "bank"), ("21", "Bank vreemde valuta", 12, "bank_fc"),
    ("60", "Inkoop", 22, "payable"), ("61", "Retour inkoop", 23, "payable"), ("70", "Verkoop", 20, "receivable"),
    ("71", "Retour verkoop", 21, "receivable"), ("90", "Memoriaal", 90, None), ("91", "Balans & afsluiting", 90, None),
)  # fmt: skip
TYPE_NAMES = {
    10: "Opening balance", 20: "Sales entry", 21: "Sales credit note", 30: "Purchase entry", 31: "Purchase credit note",
    40: "Cash flow", 50: "VAT return", 70: "Asset - Depreciation", 71: "Asset - Investment", 72: "Asset - Revaluation",
    73: "Asset - Transfer", 74: "Asset - Split", 75: "Asset - Discontinue", 76: "Asset - Sales", 80: "Revaluation",
    82: "Exchange rate difference", 83: "Payment difference", 84: "Deferred revenue", 85: "Tracking number revaluation",
    86: "Deferred cost", 87: "VAT on prepayment", 90: "Other", 95: "Accrued revenue", 96: "Accrued costs",
    120: "Delivery", 121: "Sales return", 130: "Receipt", 131: "Purchase return", 140: "Shop order stock receipt",
    141: "Shop order stock reversal", 142: "Issue to parent", 145: "Shop order time entry",
    146: "Shop order time entry reversal", 147: "Shop order by-product receipt", 148: "Shop order by-product reversal",
    150: "Requirement issue", 151: "Requirement reversal", 152: "Returned from parent", 155: "Subcontract issue",
    156: "Subcontract reversal", 158: "Shop order completed", 162: "Finish assembly", 170: "Payroll",
    180: "Stock revaluation", 181: "Financial revaluation", 195: "Stock count", 290: "Correction entry",
    310: "Period closing", 320: "Year end reflection", 321: "Year end costing", 322: "Year end profits to gross profit",
    323: "Year end costs to gross profit", 324: "Year end tax", 325: "Year end gross profit to net p/l",
    326: "Year end net p/l to balance sheet", 327: "Year end closing balance", 328: "Year start opening balance",
    3000: "Budget",
}  # fmt: skip
SOURCE_NAMES = {1: "Manual entry", 2: "Import", 3: "Automatic", 4: "Bank feed"}
EMPTY_TABLES = ("financial/DeductibilityPercentages", "project/ProjectClassifications", "sync/Deleted")


def insert_masters(profile: Profile, chart: Chart, calendar: Calendar, store: Store, opened_on: date) -> None:
    """Write all small tables."""
    _insert_journals(profile, chart, store, opened_on)
    for period in calendar.periods:
        store.insert(PERIODS, min(opened_on, period.starts_on), {
            "FinYear": period.year, "FinPeriod": period.number, "StartDate": period.starts_on,
            "EndDate": period.ends_on})  # fmt: skip
    for path, names in ((TYPES, TYPE_NAMES), (SOURCES, SOURCE_NAMES)):
        for code, name in names.items():
            store.table(path)[str(code)] = blank(path) | {"ID": code, "Description": name, "DescriptionSuffix": ""}
    for condition in CONDITIONS.values():
        store.insert(PAYMENT_CONDITIONS, opened_on, {
            "Code": condition.code, "Description": condition.name, "PaymentDays": condition.days,
            "PaymentEndOfMonths": 0,
            "PaymentMethod": condition.method, "DiscountPaymentDays": condition.discount_days, "Percentage": Decimal(1),
            "DiscountPercentage": condition.discount_percentage, "DiscountCalculation": "T", "VATCalculation": "F",
        })  # fmt: skip
    for path in EMPTY_TABLES:
        store.table(path)


def name_journals(ledger: Ledger) -> None:
    """Tell the ledger how journals are called."""
    ledger.journal_names = {code: name for code, name, _, _ in JOURNAL_LIST}


def _insert_journals(profile: Profile, chart: Chart, store: Store, opened_on: date) -> None:
    for code, name, type_, role in JOURNAL_LIST:
        account = chart.role(role) if role else None
        is_bank = type_ == 12
        store.insert(JOURNALS, opened_on, {
            "Code": code, "Description": name, "Type": type_, "GLAccount": account.id if account else None,
            "GLAccountCode": account.code if account else None, "GLAccountDescription": account.name if account else "",
            "GLAccountType": account.type if account else None, "AllowVAT": type_ in (20, 22, 10), "AutoSave": False,
            "AllowVariableCurrency": type_ != 12, "AllowVariableExchangeRate": True, "IsBlocked": code == "71",
            "Currency": profile.bank_currency if code == "21" else profile.currency,
            "BankName": "Testbank" if is_bank else None,
            "BankAccountIBAN": f"NL00TEST{profile.code:010d}" if is_bank else "",
            "BankAccountBICCode": "TESTNL2A" if is_bank else None,
            "BankAccountCountry": profile.country.ljust(3) if is_bank else None, "PaymentServiceProvider": None,
        })  # fmt: skip
