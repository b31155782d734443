"""Two tiny sets of books written by hand (tests/dbt/golden/books), as rows of Exact's endpoints.

Knows Exact's field names and nothing of the models: what the marts must make of the books stands in
tests/dbt/golden/expected, with the arithmetic in each cell.
"""

from __future__ import annotations

import csv
import uuid
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "golden"
LINES, TERMS = "sync/Financial/TransactionLines", "sync/Cashflow/PaymentTerms"
CODE_WIDTH = 18


def cells(name: str) -> list[dict[str, str]]:
    """Read a CSV of the golden set."""
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


class GoldenBooks:
    """One administration of the golden set, in the shape the raw loader takes."""

    def __init__(self, row: dict[str, str]) -> None:
        self.name = row["book"]
        self.code = int(row["code"])
        self.division = {
            "Description": row["name"], "Currency": row["currency"], "Country": row["country"],
            "Legislation": row["country"],
        }  # fmt: skip
        self.tables: dict[str, dict[Any, dict[str, Any]]] = {}
        self._deleted: list[str] = []
        self._currency = row["currency"]
        for path, rows in (
            ("financial/FinancialPeriods", self._periods()),
            ("sync/Financial/GLAccounts", self._accounts()),
            ("financial/GLAccountClassificationMappings", self._classifications()),
            ("sync/CRM/Accounts", self._relations()),
            ("sync/Project/Projects", self._projects()),
            (LINES, self._lines()),
            (TERMS, self._terms()),
            ("assets/DepreciationMethods", self._methods()),
            ("assets/AssetGroups", self._groups()),
            ("assets/Assets", self._assets()),
        ):
            self.tables[path] = {}
            for number, values in enumerate(rows, 1):
                key = self._id(path, values["key"])
                own = {field: value for field, value in values.items() if field != "key"}
                self.tables[path][key] = {"ID": key, "Division": self.code, "Timestamp": number, **own}

    def derived(self, path: str, today: date) -> None:
        """Have no control totals: what these books come to is worked out by hand."""

    def delete(self) -> None:
        """Remove the lines marked as deleted, as somebody did in Exact after they were imported."""
        for key in self._deleted:
            del self.tables[LINES][self._id(LINES, key)]

    def _id(self, kind: str, label: str) -> str:
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{self.name}/{kind}/{label}"))

    def _own(self, name: str) -> Iterator[dict[str, str]]:
        return (row for row in cells(f"books/{name}") if row["book"] == self.name)

    def _account(self, code: str) -> str:
        return self._id("sync/Financial/GLAccounts", code)

    def _parents(self, row: dict[str, str]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if row["relation"]:
            found["Account"] = self._id("sync/CRM/Accounts", row["relation"])
            found["AccountCode"] = row["relation"].rjust(CODE_WIDTH)
        if row.get("project"):
            found["Project"] = self._id("sync/Project/Projects", row["project"])
        if row.get("asset"):
            found["Asset"] = self._id("assets/Assets", row["asset"])
        return found

    def _periods(self) -> Iterator[dict[str, Any]]:
        for row in self._own("periods"):
            yield {
                "key": f"{row['year']}/{row['period']}", "FinYear": int(row["year"]), "FinPeriod": int(row["period"]),
                "StartDate": _day(row["starts_on"]), "EndDate": _day(row["ends_on"]),
            }  # fmt: skip

    def _accounts(self) -> Iterator[dict[str, Any]]:
        for row in self._own("accounts"):
            yield {
                "key": row["account"], "Code": row["account"], "Description": row["name"], "Type": int(row["type"]),
                "BalanceType": row["balance_type"], "BalanceSide": row["side"],
            }  # fmt: skip

    def _classifications(self) -> Iterator[dict[str, Any]]:
        for row in self._own("accounts"):
            if row["rgs_code"]:
                yield {
                    "key": row["account"], "GLAccount": self._account(row["account"]),
                    "ClassificationCode": row["rgs_code"], "GLSchemeCode": "RGS",
                    "GLSchemeDescription": "RGS versie 3.7",
                }  # fmt: skip

    def _relations(self) -> Iterator[dict[str, Any]]:
        for row in self._own("relations"):
            yield {"key": row["relation"], "Code": row["relation"].rjust(CODE_WIDTH), "Name": row["name"]}

    def _projects(self) -> Iterator[dict[str, Any]]:
        for row in self._own("projects"):
            yield {"key": row["project"], "Code": row["project"], "Description": row["name"]}

    def _lines(self) -> Iterator[dict[str, Any]]:
        for row in self._own("lines"):
            key = f"{row['entry']}/{row['line']}"
            if row["deleted"]:
                self._deleted.append(key)
            yield {
                "key": key, "EntryID": self._id("entry", row["entry"]), "EntryNumber": int(row["entry"]),
                "LineNumber": int(row["line"]), "JournalCode": " 90 ", "Type": int(row["type"]),
                "Status": int(row["status"]), "FinancialYear": int(row["year"]),
                "FinancialPeriod": int(row["period"]), "Date": _day(row["date"]),
                "GLAccount": self._account(row["account"]), "GLAccountCode": row["account"],
                "AmountDC": Decimal(row["amount"]), "AmountFC": Decimal(row["amount_fc"] or row["amount"]),
                "Currency": row["currency"] or self._currency, "ExchangeRate": Decimal(row["rate"] or 1),
                "CostCenter": row["cost_center"], "CostUnit": row["cost_unit"], "Description": row["what"],
                **self._parents(row),
            }  # fmt: skip

    def _terms(self) -> Iterator[dict[str, Any]]:
        for row in self._own("terms"):
            yield {
                "key": row["term"], "LineType": int(row["line_type"]), "AmountDC": Decimal(row["amount"]),
                "AmountFC": Decimal(row["amount_fc"] or row["amount"]), "Currency": row["currency"] or self._currency,
                "TransactionAmountDC": Decimal(row["transaction_amount"]),
                "TransactionType": int(row["transaction_type"]),
                "TransactionID": self._id(LINES, f"{row['entry']}/{row['line']}"),
                "TransactionEntryID": self._id("entry", row["entry"]), "InvoiceDate": _day(row["invoice_date"]),
                "DueDate": _day(row["due_date"]), "EndDate": _day(row["end_date"]), "Status": int(row["status"]),
                "YourRef": row["your_ref"], **self._parents(row),
            }  # fmt: skip

    def _methods(self) -> Iterator[dict[str, Any]]:
        for row in self._own("methods"):
            yield {
                "key": row["method"], "Code": row["method"], "Description": row["what"], "Type": int(row["type"]),
                "Periods": int(row["periods"]) if row["periods"] else None, "Percentage": _number(row["percentage"]),
            }  # fmt: skip

    def _groups(self) -> Iterator[dict[str, Any]]:
        for row in self._own("groups"):
            yield {
                "key": row["group"], "Code": row["group"], "GLAccountAssets": self._account(row["cost_account"]),
                "GLAccountDepreciationBS": self._account(row["accumulated_account"]),
                "GLAccountDepreciationPL": self._account(row["expense_account"]),
            }  # fmt: skip

    def _assets(self) -> Iterator[dict[str, Any]]:
        for row in self._own("assets"):
            line = self._id(LINES, f"{row['entry']}/{row['line']}") if row["entry"] else None
            yield {
                "key": row["asset"], "Code": row["asset"], "AssetGroup": self._id("assets/AssetGroups", row["group"]),
                "PrimaryMethod": self._id("assets/DepreciationMethods", row["method"]),
                "InvestmentAmountDC": Decimal(row["cost"]), "ResidualValue": Decimal(row["residual"]),
                "InvestmentDate": _day(row["invested_on"]), "StartDate": _day(row["starts_on"]),
                "Status": int(row["status"]), "EndDate": _day(row["ends_on"]), "GLTransactionLine": line,
                "AlreadyDepreciated": int(bool(row["taken_over_amount"])),
                "DepreciatedAmount": _number(row["taken_over_amount"]),
                "DepreciatedPeriods": int(row["taken_over_periods"]) if row["taken_over_periods"] else None,
            }  # fmt: skip


def golden_books() -> list[GoldenBooks]:
    """Return the administrations of the golden set."""
    return [GoldenBooks(row) for row in cells("books/administrations")]


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _number(text: str) -> Decimal | None:
    return Decimal(text) if text else None
