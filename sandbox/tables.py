"""The rows behind each path of one administration: stored as they are, projected, or computed by the books.

Knows the books' interface and the endpoints, no HTTP. Results are kept until the books change.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from datetime import date
from typing import Any

from sandbox.odata_query import Query
from sandbox.ordering import Sorted, sort_rows
from sandbox.schema import Entity

Row = dict[str, Any]
_TERMS = "sync/Cashflow/PaymentTerms"
#: path -> (stored path, LineType of the payment terms it shows)
VIEWS: dict[str, tuple[str, int | None]] = {
    "financialtransaction/TransactionLines": ("sync/Financial/TransactionLines", None),
    "bulk/Financial/TransactionLines": ("sync/Financial/TransactionLines", None),
    "financial/GLAccounts": ("sync/Financial/GLAccounts", None),
    "bulk/Financial/GLAccounts": ("sync/Financial/GLAccounts", None),
    "financial/GLClassifications": ("sync/Financial/GLClassifications", None),
    "bulk/Financial/GLClassifications": ("sync/Financial/GLClassifications", None),
    "crm/Accounts": ("sync/CRM/Accounts", None),
    "bulk/CRM/Accounts": ("sync/CRM/Accounts", None),
    "project/Projects": ("sync/Project/Projects", None),
    "bulk/Project/ProjectWBS": ("sync/Project/ProjectWBS", None),
    "cashflow/Receivables": (_TERMS, 20),
    "bulk/Cashflow/Receivables": (_TERMS, 20),
    "cashflow/Payments": (_TERMS, 22),
    "bulk/Cashflow/Payments": (_TERMS, 22),
}
#: Control totals the books compute on demand.
COMPUTED = {
    "financial/ReportingBalance",
    "openingbalance/CurrentYear/AfterEntry",
    "openingbalance/CurrentYear/Processed",
    "openingbalance/PreviousYear/AfterEntry",
    "openingbalance/PreviousYear/Processed",
    "read/financial/ReceivablesList",
    "read/financial/PayablesList",
    "read/financial/AgingReceivablesList",
    "read/financial/AgingPayablesList",
    "read/financial/AgingOverview",
    "read/financial/OutstandingInvoicesOverview",
    "read/financial/JournalStatusList",
}
_KEPT_RESULTS = 6


class Tables:
    """One administration's rows by path. `lock` is held by whoever reads rows or lets the books live on.

    :param administration: what `sandbox.books.build_books` returns, or anything with the same attributes.
    :param today: the books' own day, on which control totals are computed.
    """

    def __init__(self, administration: Any, today: date) -> None:
        self.administration = administration
        self.today = today
        self.lock = threading.RLock()
        self._rows: dict[str, list[Row]] = {}
        self._results: OrderedDict[tuple, Sorted] = OrderedDict()

    def forget(self) -> None:
        """Drop what was derived from the books; they changed."""
        self._rows.clear()
        self._results.clear()

    def has(self, path: str) -> bool:
        """Whether this sandbox has rows (or an empty table) for a documented path."""
        return path in COMPUTED or path in VIEWS or path in self.administration.tables

    def rows(self, path: str) -> list[Row]:
        """Return the live rows of a path."""
        if path not in self._rows:
            self._rows[path] = self._make(path)
        return self._rows[path]

    def result(self, entity: Entity, query: Query) -> Sorted:
        """Return the rows a query matches, in its order; kept, because each further page asks for them again."""
        asked = (entity.path, query.texts.get("$filter"), query.order_by, query.descending)
        if asked in self._results:
            self._results.move_to_end(asked)
            return self._results[asked]
        rows = self.rows(entity.path)
        if query.filter:
            matches = query.filter.matches
            rows = [row for row in rows if matches(row)]
        result = self._results[asked] = sort_rows(entity, rows, query.order_by, query.descending)
        if len(self._results) > _KEPT_RESULTS:
            self._results.popitem(last=False)
        return result

    def _make(self, path: str) -> list[Row]:
        if path in COMPUTED:
            return self.administration.derived(path, self.today)
        stored, line_type = VIEWS.get(path, (path, None))
        rows = self.administration.tables.get(stored, {}).values()
        return [row for row in rows if line_type is None or row["LineType"] == line_type]
