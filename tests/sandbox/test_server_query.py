"""Query options: what is refused and with which words, and what a filter lets through."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from sandbox.messages import Refused
from sandbox.odata_filter import compile_filter
from sandbox.odata_literals import literal, literals
from sandbox.schema import entities
from tests.sandbox.serving import LINES, MAIN, guid, row

FILTER_WORDS = "This $filter parameter is not supported for this resource"
BULK_WORDS = "Filtering on these fields is not supported"
SELECT_WORDS = "Please add a $select or a $top=1 statement to the query string."
PLAIN = "financialtransaction/TransactionLines"
BULK = "bulk/Financial/TransactionLines"


def words(response):
    return response.status_code, response.json()["error"]["message"]["value"]


@pytest.mark.parametrize(
    "path",
    [LINES, "sync/Deleted", BULK, "bulk/Cashflow/Payments", "financial/ReportingBalance", "cashflow/Receivables"],
)
def test_some_endpoints_insist_on_a_select(connected, path):
    assert words(connected.get(f"{MAIN}/{path}")) == (400, SELECT_WORDS)
    assert words(connected.get(f"{MAIN}/{path}?$top=2")) == (400, SELECT_WORDS)
    assert connected.get(f"{MAIN}/{path}?$top=1").status_code == 200


def test_other_endpoints_send_all_fields_without_a_select(connected):
    first = connected.get(f"{MAIN}/{PLAIN}").json()["d"]["results"][0]
    assert list(first) == ["__metadata", *entities()[PLAIN].fields]


def test_selected_fields_come_in_exacts_order_with_the_key(connected):
    first = connected.get(f"{MAIN}/{LINES}?$select=Type, AmountDC").json()["d"]["results"][0]
    assert list(first) == ["__metadata", "Timestamp", "AmountDC", "Type"]


def test_the_star_is_refused_by_one_endpoint_only(connected):
    assert connected.get(f"{MAIN}/{LINES}?$select=*").status_code == 200
    connected.sandbox.world.tables[MAIN].administration.tables["sync/Financial/GLClassifications"] = {}
    assert connected.get(f"{MAIN}/sync/Financial/GLClassifications?$select=*").status_code == 400


@pytest.mark.parametrize(
    ("path", "query", "expected"),
    [
        (LINES, "$filter=Modified gt datetime'2026-01-01T00:00:00'", FILTER_WORDS),
        (LINES, "$filter=Timestamp gt 1L and EntityType eq 2", "No property 'EntityType' exists in type"),
        (BULK, "$filter=YourRef eq 'x' and Notes eq 'x' and AmountDC gt 1", f"{BULK_WORDS}: AmountDC, Notes"),
        (BULK, "$skip=5", "The $skip parameter is not supported for this resource"),
        (LINES, "$skip=5", "The $skip parameter is not supported for this resource"),
        (LINES, "$orderby=Modified", "This $orderby parameter is not supported for this resource"),
        (BULK, "$orderby=Date,ID", "This $orderby parameter is not supported for this resource"),
        (BULK, "$orderby=Nothing", "No property 'Nothing' exists"),
        (BULK, "$top=-1", "Incorrect format for $top argument '-1'."),
        (BULK, "$top=1&$top=2", "Query parameter '$top' is specified, but it should be specified exactly once."),
        (BULK, "$inlinecount=some", "Unknown $inlinecount option"),
        (BULK, "$format=json", "The query parameter '$format' begins with a system-reserved '$' character"),
        (BULK, "$expand=Document", "The $expand parameter is not supported for this resource"),
    ],
    ids=lambda value: value[:45],
)  # fmt: skip
def test_unsupported_options_are_refused_with_words(connected, path, query, expected):
    status, said = words(connected.get(f"{MAIN}/{path}?$select=ID&{query}"))
    assert status == 400
    assert said.startswith(expected)


def test_the_delete_log_may_be_filtered_by_type(connected):
    for entity_type, found in ((1, 1), (2, 0)):
        query = f"$select=ID&$filter=Timestamp gt 0L and EntityType eq {entity_type}"
        assert len(connected.get(f"{MAIN}/sync/Deleted?{query}").json()["d"]["results"]) == found


def test_options_that_are_not_odatas_are_ignored(connected):
    assert connected.get(f"{MAIN}/financial/Journals?select=Nothing&x=1").status_code == 200


ROWS = [
    row(PLAIN, ID=guid(1), EntryNumber=1, AmountDC=Decimal("-0.01"), Date=date(2026, 1, 31), Description="O'Neill"),
    row(PLAIN, ID=guid(2), EntryNumber=2, AmountDC=Decimal("12.5"), Date=date(2026, 2, 1), Description="a) or (b"),
    row(PLAIN, ID=guid(3), EntryNumber=3, AmountDC=None, Date=None, Description=None, GLAccountCode="  1300"),
]
ROWS[2]["CustomField"] = ""


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("EntryNumber eq 2", [2]),
        ("EntryNumber ne 2", [1, 3]),
        ("EntryNumber gt 1", [2, 3]),
        ("EntryNumber ge 2L", [2, 3]),
        ("EntryNumber lt 2", [1]),
        ("EntryNumber le 2", [1, 2]),
        ("2 lt EntryNumber", [3]),
        ("AmountDC eq -0.01", [1]),
        ("AmountDC eq 12.50M", [2]),
        ("AmountDC lt 0", [1]),
        ("AmountDC eq null", [3]),
        ("AmountDC ne null", [1, 2]),
        ("Date ge datetime'2026-02-01T00:00:00'", [2]),
        ("Date lt datetime'2026-02-01T00:00:00.0000010'", [1, 2]),
        (f"ID eq guid'{guid(2).upper()}'", [2]),
        ("Description eq 'O''Neill'", [1]),
        ("Description eq 'a) or (b'", [2]),
        ("Description eq ''", []),
        ("CustomField eq ''", [3]),
        ("GLAccountCode eq '1300'", []),
        ("GLAccountCode eq '  1300'", [3]),
        ("trim(GLAccountCode) eq '1300'", [3]),
        ("startswith(Description,'O') or substringof('b',Description) eq true", [1, 2]),
        ("not startswith(Description,'O')", [2, 3]),
        ("EntryNumber eq 1 or EntryNumber eq 2 and AmountDC gt 100", [1]),
        ("(EntryNumber eq 1 or EntryNumber eq 2) and AmountDC gt 1", [2]),
        ("not (EntryNumber eq 1) and not (EntryNumber eq 2)", [3]),
        ("true", [1, 2, 3]),
        ("  EntryNumber   eq  3 ", [3]),
    ],
)
def test_a_filter_lets_through_exactly(text, found):
    matches = compile_filter(entities()[PLAIN], text).matches
    assert [one["EntryNumber"] for one in ROWS if matches(one)] == found


@pytest.mark.parametrize(
    "text",
    [
        "EntryNumber",
        "EntryNumber eq",
        "EntryNumber eq '1'",
        "EntryNumber eq 1 2",
        "EntryNumber == 1",
        "(EntryNumber eq 1",
        "EntryNumber eq 1)",
        "Nothing eq 1",
        "entryNumber eq 1",
        "ID eq 'x'",
        "ID eq guid'12'",
        "Date gt datetime'2026-02-01'",
        "Date gt datetime'2026-02-30T00:00:00'",
        "Date gt '2026-02-01T00:00:00'",
        "Description eq 'O'Neill'",
        "Description eq 'open",
        "length(Description) eq 1",
        "trim(EntryNumber) eq '1'",
        "EntryNumber eq 12abc",
        "and EntryNumber eq 1",
        "(" * 60 + "EntryNumber eq 1" + ")" * 60,
    ],
)
def test_a_filter_that_makes_no_sense_is_refused(text):
    with pytest.raises(Refused) as refused:
        compile_filter(entities()[PLAIN], text)
    assert refused.value.status == 400


@pytest.mark.parametrize(
    ("edm", "value", "text"),
    [
        ("Guid", guid(1), f"guid'{guid(1)}'"),
        ("String", "O'Neill", "'O''Neill'"),
        ("Int64", 5_000_000_000, "5000000000L"),
        ("Int32", 6, "6"),
        ("Boolean", True, "true"),
        ("DateTime", None, "null"),
    ],
)
def test_a_literal_reads_back_as_it_was_written(edm, value, text):
    assert literal(edm, value) == text
    assert literals(text) == [value]
