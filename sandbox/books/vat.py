"""VAT: the codes with their dated percentages, tax on invoice lines, and the quarterly return (type 50)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sandbox.books.book import Book, Transfer
from sandbox.books.charts.accounts import Chart
from sandbox.books.ledger import LINES, VAT_LINE, Entry
from sandbox.books.money import cents, convert, money
from sandbox.books.profile import Profile
from sandbox.books.store import Store

CODES = "vat/VATCodes"
PERCENTAGES = "vat/VatPercentages"
VAT_ROLES = ("vat_high", "vat_low", "vat_reverse", "vat_input")
VAT_RETURN = 50
LOW = {"NL": Decimal("0.09"), "BE": Decimal("0.06")}
HIGH = Decimal("0.21")


@dataclass(frozen=True, slots=True)
class VatCode:
    """A VAT code; text is padded to three as Exact sends it."""

    text: str
    name: str
    percentage: Decimal
    output_role: str


def vat_codes(country: str) -> dict[str, VatCode]:
    """Return the codes in use by what they mean."""
    return {
        "none": VatCode("0  ", "Geen btw", Decimal(0), ""),
        "low": VatCode("1  ", "Btw laag tarief", LOW[country], "vat_low"),
        "high": VatCode("2  ", "Btw hoog tarief, exclusief", HIGH, "vat_high"),
        "eu": VatCode("7  ", "Btw verlegd binnen EU", HIGH, "vat_reverse"),
        "export": VatCode("VB ", "Export buiten EU", Decimal(0), ""),
    }


def insert_codes(profile: Profile, chart: Chart, store: Store, opened_on: date) -> None:
    """Write the code rows, the high one with an older percentage before today's."""
    claim = chart.role("vat_input")
    for code in vat_codes(profile.country).values():
        pay = chart.role(code.output_role) if code.output_role else None
        row = store.insert(CODES, opened_on, {
            "Code": code.text, "Description": code.name, "Percentage": code.percentage, "IsBlocked": False,
            "Charged": False,
            "Type": "E" if code.percentage else "N", "VATTransactionType": "B", "EUSalesListing": "N",
            "IntraStat": False,
            "Country": profile.country.ljust(3), "GLToPay": pay.id if pay else None,
            "GLToPayCode": pay.code if pay else None,
            "GLToPayDescription": pay.name if pay else None, "GLToClaim": claim.id, "GLToClaimCode": claim.code,
            "GLToClaimDescription": claim.name, "VatMargin": 0, "ExcludeVATListing": 0, "CalculationBasis": 0,
        })  # fmt: skip
        spans: list[tuple[date, date | None, Decimal]] = [(date(2000, 1, 1), None, code.percentage)]
        if code.percentage == HIGH:
            spans = [(date(2000, 1, 1), date(2012, 9, 30), Decimal("0.19")), (date(2012, 10, 1), None, HIGH)]
        for number, (starts_on, ends_on, percentage) in enumerate(spans, 1):
            store.insert(PERCENTAGES, opened_on, {
                "VATCodeID": row["ID"], "LineNumber": number, "Percentage": percentage, "Type": 0,
                "StartDate": starts_on, "EndDate": ends_on})  # fmt: skip


def line_fields(code: VatCode, base: int) -> dict[str, Any]:
    """Return the informational VAT fields of a revenue or cost line."""
    return {
        "VATCode": code.text, "VATCodeDescription": code.name, "VATPercentage": code.percentage, "VATType": "E",
        "AmountVATFC": money(convert(base, code.percentage)), "AmountVATBaseFC": money(base),
    }  # fmt: skip


def add_vat_lines(book: Book, entry: Entry, bases: dict[str, int], account_role: str | None) -> None:
    """Add one generated line per VAT code; `bases` carry the ledger sign; reverse charge adds its counterpart."""
    number = VAT_LINE
    for meaning, base in bases.items():
        code = vat_codes(book.profile.country)[meaning]
        tax = convert(base, code.percentage)
        if not tax:
            continue
        fields = line_fields(code, base) | {"AmountVATFC": money(0)}
        entry.add(book.account(account_role or code.output_role), tax, number=number, **fields)
        number -= 1
        if meaning == "eu":
            entry.add(book.account("vat_reverse"), -tax, number=number, **fields)
            number -= 1


def post_return(book: Book, day: date) -> None:
    """Clear the VAT accounts to the payable account on the last day of a quarter; paid the month after."""
    totals: dict[str, int] = {}
    wanted = {book.account(role).id for role in VAT_ROLES}
    for row in book.store.table(LINES).values():
        if row["GLAccount"] in wanted and row["Date"] <= day:
            totals[row["GLAccount"]] = totals.get(row["GLAccount"], 0) + cents(row["AmountDC"])
    entry = Entry("90", day, VAT_RETURN, f"Btw-aangifte {day:%Y-%m}")
    for account_id, total in totals.items():
        if total:
            entry.add(book.chart.by_id[account_id], -total)
    owed = sum(totals.values())
    if not entry.lines:
        return
    payable = book.account("vat_payable")
    entry.add(payable, owed)
    book.ledger.post(entry)
    book.schedule(day + timedelta(days=27), Transfer(payable, owed, "Belastingdienst btw"))
