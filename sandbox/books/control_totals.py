"""The figures Exact computes itself, from the live rows, for the pipeline to compare its copy with.

Shares no code with the pipeline and none with `truth.py`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

from sandbox.books.book import Book
from sandbox.books.ledger import LINES, PROCESSED
from sandbox.books.masters import JOURNAL_LIST
from sandbox.books.rows import Row, blank
from sandbox.books.terms import PAYMENT, RECEIPT, TERM_MATCHED, TERM_SENT, TERMS

ZERO = Decimal("0.00")
AGE_GROUPS = ("<= 30", "31 - 60", "61 - 90", "> 90")
BALANCE_PAIR = (327, 328)
CLOSED_AFTER_DAYS = 50
JOURNAL_TYPES = {10: "Cash", 12: "Bank", 20: "Sales", 21: "Return invoice", 22: "Purchase",
                 23: "Received return invoice", 90: "General journal"}  # fmt: skip


def derive(book: Book, path: str, today: date) -> list[Row]:
    """Compute the rows of one control-total endpoint."""
    return DERIVATIONS[path](book, path, today)


def _reporting_balance(book: Book, path: str, today: date) -> list[Row]:
    groups: dict[tuple, list[Decimal]] = {}
    counts: dict[tuple, int] = defaultdict(int)
    names: dict[tuple, Row] = {}
    for row in book.store.table(LINES).values():
        key = (row["FinancialYear"], row["FinancialPeriod"], row["GLAccountCode"], row["CostCenter"] or "",
               row["CostUnit"] or "", row["Type"], row["Status"], row["GLAccount"])  # fmt: skip
        sums = groups.setdefault(key, [ZERO, ZERO])
        amount = row["AmountDC"]
        sums[amount < 0] += abs(amount)
        counts[key] += 1
        names[key] = row
    rows = []
    for number, key in enumerate(sorted(groups), 1):
        year, period, code, center, unit, type_, status, account_id = key
        debit, credit = groups[key]
        line = names[key]
        rows.append(blank(path) | {
            "ID": 80_000_000 + number, "Division": book.profile.code, "ReportingYear": year, "ReportingPeriod": period,
            "GLAccount": account_id, "GLAccountCode": code, "GLAccountDescription": line["GLAccountDescription"],
            "BalanceType": book.chart.by_id[account_id].balance_type, "CostCenterCode": center or None,
            "CostCenterDescription": line["CostCenterDescription"] or None, "CostUnitCode": unit or None,
            "CostUnitDescription": line["CostUnitDescription"] or None, "Type": type_, "Status": status,
            "Amount": debit - credit, "AmountDebit": debit, "AmountCredit": credit, "Count": counts[key],
        })  # fmt: skip
    return rows


def _opening_balance(book: Book, path: str, today: date) -> list[Row]:
    year = today.year - (1 if "PreviousYear" in path else 0)
    only_processed = path.endswith("/Processed")
    totals: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for row in book.store.table(LINES).values():
        is_counted = not only_processed or row["Status"] == PROCESSED
        if row["FinancialYear"] < year and row["Type"] not in BALANCE_PAIR and is_counted:
            totals[row["GLAccount"]] += row["AmountDC"]
    rows = []
    for account in book.chart.accounts:
        if account.balance_type == "B" and totals.get(account.id):
            rows.append(blank(path) | {
                "Division": book.profile.code, "GLAccount": account.id, "ReportingYear": year,
                "Amount": totals[account.id],
                "BalanceSide": account.balance_side, "GLAccountCode": account.code,
                "GLAccountDescription": account.name,
            })  # fmt: skip
    return rows


def _open_terms(book: Book, line_type: int) -> list[Row]:
    return [row for row in book.store.table(TERMS).values()
            if row["LineType"] == line_type and row["Status"] < TERM_MATCHED]  # fmt: skip


def _sign(line_type: int) -> int:
    """Terms of open sales invoices are negative, of purchase invoices positive; the lists show both positive."""
    return -1 if line_type == RECEIPT else 1


def _list(book: Book, path: str, today: date) -> list[Row]:
    line_type = RECEIPT if "Receivables" in path else PAYMENT
    rows = []
    for term in _open_terms(book, line_type):
        amount = term["AmountFC"] * _sign(line_type)
        values = {
            "HID": book.terms.numbers[term["ID"]], "AccountCode": term["AccountCode"], "AccountId": term["Account"],
            "AccountName": term["AccountName"], "Amount": amount, "CurrencyCode": term["Currency"],
            "AmountInTransit": amount if term["Status"] == TERM_SENT else ZERO, "Description": term["Description"],
            "DueDate": term["DueDate"], "EntryNumber": term["EntryNumber"], "Id": term["ID"],
            "InvoiceDate": term["InvoiceDate"], "InvoiceNumber": term["InvoiceNumber"], "JournalCode": term["Journal"],
            "JournalDescription": term["JournalDescription"], "YourRef": term["YourRef"],
        }  # fmt: skip
        if line_type == PAYMENT:
            values["ApprovalStatus"] = term["ApprovalStatus"]
        rows.append(blank(path) | values)
    return sorted(rows, key=lambda row: row["HID"])


def _age_group(term: Row, today: date) -> int:
    days = (today - term["InvoiceDate"]).days
    return 1 if days <= 30 else 2 if days <= 60 else 3 if days <= 90 else 4


def _aging_list(book: Book, path: str, today: date) -> list[Row]:
    line_type = RECEIPT if "Receivables" in path else PAYMENT
    by_relation: dict[str, list[Decimal]] = {}
    names: dict[str, Row] = {}
    for term in _open_terms(book, line_type):
        sums = by_relation.setdefault(term["Account"], [ZERO] * 4)
        sums[_age_group(term, today) - 1] += term["AmountDC"] * _sign(line_type)
        names[term["Account"]] = term
    rows = []
    for relation_id in sorted(by_relation):
        sums, term = by_relation[relation_id], names[relation_id]
        row = blank(path) | {
            "AccountId": relation_id, "AccountCode": term["AccountCode"], "AccountName": term["AccountName"],
            "CurrencyCode": book.profile.currency, "TotalAmount": sum(sums, ZERO),
        }  # fmt: skip
        for group, (amount, label) in enumerate(zip(sums, AGE_GROUPS, strict=True), 1):
            row |= {f"AgeGroup{group}": group, f"AgeGroup{group}Amount": amount, f"AgeGroup{group}Description": label}
        rows.append(row)
    return rows


def _aging_overview(book: Book, path: str, today: date) -> list[Row]:
    sums = {side: [ZERO] * 4 for side in (RECEIPT, PAYMENT)}
    for side, groups in sums.items():
        for term in _open_terms(book, side):
            groups[_age_group(term, today) - 1] += term["AmountDC"] * _sign(side)
    return [blank(path) | {
        "AgeGroup": group, "AgeGroupDescription": label, "AmountReceivable": sums[RECEIPT][group - 1],
        "AmountPayable": sums[PAYMENT][group - 1], "CurrencyCode": book.profile.currency,
    } for group, label in enumerate(AGE_GROUPS, 1)]  # fmt: skip


def _overview(book: Book, path: str, today: date) -> list[Row]:
    row = blank(path) | {"CurrencyCode": book.profile.currency}
    for side, word in ((RECEIPT, "Receivable"), (PAYMENT, "Payable")):
        terms = _open_terms(book, side)
        overdue = [term for term in terms if term["DueDate"] < today]
        for prefix, chosen in (("Outstanding", terms), ("Overdue", overdue)):
            row[f"{prefix}{word}InvoiceAmount"] = sum((term["AmountDC"] * _sign(side) for term in chosen), ZERO)
            row[f"{prefix}{word}InvoiceCount"] = len(chosen)
    return [row]


def _journal_status(book: Book, path: str, today: date) -> list[Row]:
    journals = {code: (name, type_) for code, name, type_, _ in JOURNAL_LIST}
    used = {
        (row["JournalCode"], row["FinancialPeriod"], row["FinancialYear"]) for row in book.store.table(LINES).values()
    }
    reopened = ("90", 2, book.calendar.first_year + 1)  # one journal somebody opened again
    ends = {(period.year, period.number): period.ends_on for period in book.calendar.periods}
    rows = []
    for journal, period, year in sorted(used, key=lambda key: (key[2], key[1], key[0])):
        ended_on = ends.get((year, period)) or book.calendar.last_day(year)
        is_closed = ended_on + timedelta(days=CLOSED_AFTER_DAYS) <= today and (journal, period, year) != reopened
        name, type_ = journals[journal]
        rows.append(blank(path) | {
            "Journal": journal, "Period": period, "Year": year, "JournalDescription": name, "JournalType": type_,
            "JournalTypeDescription": JOURNAL_TYPES[type_], "Status": int(is_closed),
            "StatusDescription": "Closed" if is_closed else "Open",
        })  # fmt: skip
    return rows


DERIVATIONS: dict[str, Callable[[Book, str, date], list[Row]]] = {
    "financial/ReportingBalance": _reporting_balance,
    "openingbalance/CurrentYear/AfterEntry": _opening_balance,
    "openingbalance/CurrentYear/Processed": _opening_balance,
    "openingbalance/PreviousYear/AfterEntry": _opening_balance,
    "openingbalance/PreviousYear/Processed": _opening_balance,
    "read/financial/ReceivablesList": _list,
    "read/financial/PayablesList": _list,
    "read/financial/AgingReceivablesList": _aging_list,
    "read/financial/AgingPayablesList": _aging_list,
    "read/financial/AgingOverview": _aging_overview,
    "read/financial/OutstandingInvoicesOverview": _overview,
    "read/financial/JournalStatusList": _journal_status,
}
