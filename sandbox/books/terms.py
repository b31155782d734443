"""Outstanding items and the payment terms Exact shows for them.

Every line on a receivable or payable account (but revaluations and exchange differences) opens an item.
Matching two items closes equal amounts of both on the later of their dates; what is matched in part splits the
term: the open row keeps the rest, a new row holds the matched part. Term amounts carry the opposite sign of
the ledger for receivables and payables alike.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from sandbox.books.calendar import Calendar
from sandbox.books.charts.accounts import Chart
from sandbox.books.money import cents, money
from sandbox.books.relations import Relation
from sandbox.books.rows import Row
from sandbox.books.store import Store

TERMS = "sync/Cashflow/PaymentTerms"
TERM_OPEN, TERM_SELECTED, TERM_SENT, TERM_MATCHED = 20, 30, 40, 50
DELETED_TERM = 10
RECEIPT, PAYMENT = 20, 22
RECEIVABLE_TYPE = 20  # of the ledger account


@dataclass(frozen=True, slots=True)
class Condition:
    """A payment condition."""

    code: str
    name: str
    days: int
    method: str
    discount_days: int | None = None
    discount_percentage: Decimal | None = None


CONDITIONS = {
    condition.code: condition
    for condition in (
        Condition("30", "30 dagen netto", 30, "B"),
        Condition("14", "14 dagen netto", 14, "B"),
        Condition("10D", "30 dagen, 2% bij betaling binnen 10 dagen", 30, "B", 10, Decimal("0.02")),
        Condition("DD", "Automatische incasso", 14, "I"),
        Condition("00", "Contant", 0, "K"),
    )
}


@dataclass(slots=True)
class Item:
    """An outstanding item: the control-account line and what is left of it, ledger-signed cents."""

    line: Row
    side: int  # RECEIPT or PAYMENT
    relation: Relation
    day: date
    open_dc: int
    open_fc: int
    term: Row  # the row that holds what is open, or the last part matched
    rows: list[Row] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        """Whether anything is left."""
        return self.open_dc != 0


class Terms:
    """All items of an administration."""

    def __init__(self, chart: Chart, calendar: Calendar, store: Store) -> None:
        self.chart = chart
        self.calendar = calendar
        self.store = store
        self.items: dict[str, Item] = {}  # by ledger line
        self.numbers: dict[str, int] = {}  # the numeric id of the lists, by term
        self._of_relation: dict[str, list[Item]] = {}
        self._last_number = 7_000_000

    def open(self, line: Row, relation: Relation, condition_code: str | None, reference: str | None) -> Item:
        """Open an item for a control-account line; an unmatched cash row has neither condition nor reference."""
        side = RECEIPT if self.chart.by_id[line["GLAccount"]].type == RECEIVABLE_TYPE else PAYMENT
        amount_dc, amount_fc = cents(line["AmountDC"]), cents(line["AmountFC"])
        row = self._insert(line, relation, side, condition_code, reference)
        item = Item(line, side, relation, line["Date"], amount_dc, amount_fc, row, [row])
        self.items[line["ID"]] = item
        self._of_relation.setdefault(relation.id, []).append(item)
        return item

    def open_items(self, relation: Relation, currency: str) -> list[Item]:
        """List what is open with a relation in a currency, oldest first."""
        still_open = [item for item in self._of_relation.get(relation.id, ()) if item.is_open]
        self._of_relation[relation.id] = still_open
        return [item for item in still_open if item.line["Currency"] == currency]

    def match(self, first: Item, second: Item, amount_dc: int, amount_fc: int) -> None:
        """Match an amount (ledger sign of the first item) of two items against each other."""
        ended_on = max(first.day, second.day)
        self._settle(first, amount_dc, amount_fc, ended_on)
        self._settle(second, -amount_dc, -amount_fc, ended_on)

    def regenerate(self, item: Item, day: date) -> None:
        """Replace the ids of an item's terms, as Exact does when its entry is edited."""
        for row in item.rows:
            self.store.remove(TERMS, row["ID"], day, DELETED_TERM)
            row["ID"] = self.store.guid()
            self.store.table(TERMS)[row["ID"]] = self.store.change(row, day, {})
            self._number(row)

    def forget(self, item: Item, day: date) -> None:
        """Delete an item with its terms; only for entries that are deleted themselves."""
        for row in item.rows:
            self.store.remove(TERMS, row["ID"], day, DELETED_TERM)
        item.open_dc = item.open_fc = 0  # whoever still plans to pay it must find nothing
        del self.items[item.line["ID"]]
        self._of_relation[item.relation.id].remove(item)

    def _settle(self, item: Item, amount_dc: int, amount_fc: int, ended_on: date) -> None:
        if abs(amount_dc) > abs(item.open_dc) or amount_dc * item.open_dc <= 0:
            raise ValueError(f"cannot match {amount_dc} cents of an item with {item.open_dc} cents open")
        if amount_dc == item.open_dc:
            self._close(item.term, ended_on)
        else:
            part = dict(item.term)
            part |= {"ID": self.store.guid(), "EntryID": self.store.guid(), "AmountDC": money(-amount_dc),
                     "AmountFC": money(-amount_fc), "Timestamp": self.store.version()}  # fmt: skip
            self.store.table(TERMS)[part["ID"]] = part
            self._number(part)
            self._close(part, ended_on)
            item.rows.append(part)
            rest_dc, rest_fc = item.open_dc - amount_dc, item.open_fc - amount_fc
            self.store.change(item.term, ended_on, {
                "AmountDC": money(-rest_dc), "AmountFC": money(-rest_fc), "LastPaymentDate": ended_on})  # fmt: skip
        item.open_dc -= amount_dc
        item.open_fc -= amount_fc

    def _close(self, row: Row, ended_on: date) -> None:
        period = self.calendar.at(ended_on)
        self.store.change(row, ended_on, {
            "Status": TERM_MATCHED, "IsFullyPaid": True, "EndDate": ended_on, "EndYear": period.year,
            "EndPeriod": period.number, "LastPaymentDate": ended_on, "PaymentSelected": None,
            "ReceivableSelected": None,
        })  # fmt: skip

    def _number(self, row: Row) -> None:
        self._last_number += 1
        self.numbers[row["ID"]] = self._last_number

    def _insert(self, line: Row, relation: Relation, side: int, code: str | None, reference: str | None) -> Row:
        day: date = line["Date"]
        condition = CONDITIONS[code or "00"]
        due_on = day + timedelta(days=condition.days)
        hides_amount = reference is not None and line["EntryNumber"] % 25 == 7
        values = {
            "LineType": side, "Account": relation.id, "AccountCode": relation.code, "AccountName": relation.name,
            "AccountCountry": relation.country.ljust(3), "AmountDC": -line["AmountDC"], "AmountFC": -line["AmountFC"],
            "Currency": line["Currency"], "RateFC": line["ExchangeRate"], "Description": line["Description"],
            "DueDate": due_on, "TransactionDueDate": due_on, "InvoiceDate": day, "EntryDate": day,
            "EntryID": self.store.guid(), "EntryNumber": line["EntryNumber"], "InvoiceNumber": line["InvoiceNumber"],
            "GLAccount": line["GLAccount"], "GLAccountCode": line["GLAccountCode"],
            "GLAccountDescription": line["GLAccountDescription"], "Journal": line["JournalCode"],
            "JournalDescription": line["JournalDescription"], "IsBatchBooking": 0, "IsFullyPaid": False,
            "PaymentCondition": code, "PaymentConditionDescription": condition.name if code else None,
            "PaymentDays": condition.days, "PaymentDaysDiscount": condition.discount_days,
            "PaymentDiscountPercentage": condition.discount_percentage,
            "PaymentMethod": condition.method if code else "B",
            "PaymentReference": "" if code else None, "Source": 1 if code else 4, "Status": TERM_OPEN,
            "TransactionAmountDC": None if hides_amount else line["AmountDC"],
            "TransactionAmountFC": None if hides_amount else line["AmountFC"],
            "TransactionEntryID": line["EntryID"], "TransactionID": line["ID"], "TransactionIsReversal": False,
            "TransactionReportingPeriod": line["FinancialPeriod"], "TransactionReportingYear": line["FinancialYear"],
            "TransactionStatus": line["Status"], "TransactionType": line["Type"], "YourRef": reference,
        }  # fmt: skip
        if condition.discount_percentage and code:
            values |= {
                "DiscountDueDate": day + timedelta(days=condition.discount_days or 0),
                "AmountDiscountDC": money(-round(cents(line["AmountDC"]) * condition.discount_percentage)),
                "AmountDiscountFC": money(-round(cents(line["AmountFC"]) * condition.discount_percentage)),
            }
        row = self.store.insert(TERMS, min(day, self.store.today), values)
        self._number(row)
        return row
