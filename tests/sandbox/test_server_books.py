"""The small books, whole, over HTTP: every endpoint of four administrations, paged to the end, row by row."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from sandbox.books import build_books
from sandbox.schema import Entity, entities
from tests.sandbox.serving import TODAY, Running, serving

CHOSEN = (1000001, 1000002, 1000003, 1000004)
TERMS = "sync/Cashflow/PaymentTerms"
#: Written out again, because a test that reads the server's own table would agree with whatever stands there.
SHOWN_AS = {
    "sync/Financial/TransactionLines": ["financialtransaction/TransactionLines", "bulk/Financial/TransactionLines"],
    "sync/Financial/GLAccounts": ["financial/GLAccounts", "bulk/Financial/GLAccounts"],
    "sync/Financial/GLClassifications": ["financial/GLClassifications", "bulk/Financial/GLClassifications"],
    "sync/CRM/Accounts": ["crm/Accounts", "bulk/CRM/Accounts"],
    "sync/Project/Projects": ["project/Projects"],
    "sync/Project/ProjectWBS": ["bulk/Project/ProjectWBS"],
}
LINE_TYPES = {
    "cashflow/Receivables": 20,
    "bulk/Cashflow/Receivables": 20,
    "cashflow/Payments": 22,
    "bulk/Cashflow/Payments": 22,
}
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


@pytest.fixture(scope="module")
def exact(tmp_path_factory) -> Iterator[Running]:
    with serving(tmp_path_factory.mktemp("state"), build_books(1, "small", TODAY), has_limits=False) as running:
        running.connect(list(CHOSEN))
        yield running


@pytest.fixture(scope="module")
def expected() -> dict[int, dict[str, list[dict[str, Any]]]]:
    """The rows of every endpoint, from books the server never touched."""
    return {books.code: _rows(books) for books in build_books(1, "small", TODAY) if books.code in CHOSEN}


def _rows(books: Any) -> dict[str, list[dict[str, Any]]]:
    stored = {path: list(rows.values()) for path, rows in books.tables.items()}
    shown = {view: stored[path] for path, views in SHOWN_AS.items() for view in views}
    terms = {path: [one for one in stored[TERMS] if one["LineType"] == kind] for path, kind in LINE_TYPES.items()}
    return stored | shown | terms | {path: books.derived(path, TODAY) for path in COMPUTED}


def address(division: int, path: str) -> str:
    version, name = ("beta/", path[5:]) if path.startswith("beta/") else ("", path)
    return f"{version}{division}/{name}?$select={','.join(entities()[path].fields)}"


def keys(entity: Entity, rows: list[dict[str, Any]]) -> Counter[tuple[str, ...]]:
    """Return how often each key occurs; a row sent twice shows as well as one left out."""
    return Counter(tuple(str(one[name]).lower() for name in entity.key) for one in rows)


@pytest.mark.parametrize("division", CHOSEN)
def test_every_endpoint_sends_each_row_of_the_books_once_and_none_of_another_administration(exact, expected, division):
    for path, rows in expected[division].items():
        entity = entities()[path]
        pages = exact.pages(address(division, path))
        sent = [one for page in pages for one in page]
        assert keys(entity, sent) == keys(entity, rows), path
        assert [len(page) for page in pages[:-1]] == [entity.page_size] * (len(pages) - 1), path
        assert {tuple(one) for one in sent} <= {("__metadata", *entity.fields)}, path
        assert all(f"/{division}/" in one["__metadata"]["uri"] for one in sent), path
        assert {one.get("Division") for one in sent} <= {None, division}, path


@pytest.mark.parametrize("division", CHOSEN)
def test_lines_arrive_in_row_version_order_with_every_amount_to_the_cent(exact, expected, division):
    path = "sync/Financial/TransactionLines"
    sent, link = [], address(division, path)
    while link:
        content = json.loads(exact.get(link).content, parse_float=Decimal, parse_int=Decimal)["d"]
        sent += content["results"]
        link = content.get("__next")
    versions = [int(one["Timestamp"]) for one in sent]
    assert versions == sorted(set(versions))
    assert {one["ID"]: one["AmountDC"] for one in sent} == {
        one["ID"]: one["AmountDC"] for one in expected[division][path]
    }


def test_an_administration_the_user_unticked_stays_closed(exact):
    response = exact.get("1000005/financial/Journals?$select=ID")
    assert (response.status_code, response.headers["Reason"]) == (403, "NoDivisionAccess")
