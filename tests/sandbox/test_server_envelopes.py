"""The shapes of an answer and the encoding of every type, byte for byte where clients depend on it."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from xml.etree import ElementTree

import pytest

from sandbox.encode import RowWriter, double, milliseconds
from sandbox.schema import entities
from tests.sandbox.serving import JOURNALS, LINES, MAIN, guid, line, row

JOURNAL = f"{MAIN}/{JOURNALS}"


def metadata(exact, path, key, type_name):
    return {"uri": f"{exact.url}/api/v1/{MAIN}/{path}({key})", "type": type_name}


def test_a_collection_stands_under_results(connected):
    content = connected.get(f"{JOURNAL}?$select=Code").json()
    assert content == {
        "d": {
            "results": [
                {
                    "__metadata": metadata(
                        connected, JOURNALS, f"guid'{guid(n)}'", "Exact.Web.Api.Models.Financial.Journal"
                    ),
                    "ID": guid(n),
                    "Code": str(n),
                }
                for n in range(3)
            ]
        }
    }


@pytest.mark.parametrize(
    ("query", "is_bare"),
    [("$top=60", True), ("$top=61", False), ("$top=0", True), ("$top=2&$inlinecount=allpages", False), ("", False)],
)
def test_a_bare_list_comes_when_top_fits_in_a_page(connected, query, is_bare):
    assert isinstance(connected.get(f"{JOURNAL}?{query}").json()["d"], list) is is_bare


def test_empty_collections_are_complete_envelopes(connected):
    assert connected.get(f"{MAIN}/hrm/Costcenters").text == '{"d":{"results":[]}}'
    assert connected.get(f"{MAIN}/hrm/Costcenters?$top=1").text == '{"d":[]}'


def test_one_row_by_its_key_is_an_entity(connected):
    entity = connected.get(f"{JOURNAL}(guid'{guid(2).upper()}')?$select=Code").json()["d"]
    assert (entity["ID"], entity["Code"]) == (guid(2), "2")


def test_a_division_is_found_by_its_number_and_sync_rows_by_their_version(connected):
    assert connected.get(f"{MAIN}/system/Divisions(1000002)").json()["d"]["Code"] == 1000002
    assert connected.get(f"{MAIN}/{LINES}(5000000050L)").json()["d"]["ID"] == guid(0)


@pytest.mark.parametrize(
    ("key", "status"),
    [(f"guid'{guid(99)}'", 404), ("'x'", 404), ("1,2", 400), ("", 400), ("Code='1'", 400)],
)
def test_keys_that_name_no_row_are_refused(connected, key, status):
    response = connected.get(f"{JOURNAL}({key})")
    assert response.status_code == status
    assert response.json()["error"]["message"]["value"]


def test_a_function_answers_with_its_name(connected):
    response = connected.get(f"{MAIN}/users/UserHasRights?endpoint='financial/Journals'&action='GET'")
    assert response.text == '{"d":{"UserHasRights":true}}'


def test_collections_of_a_row_are_deferred(connected):
    entity = connected.get(f"{MAIN}/system/Divisions({MAIN})?$select=Class_01").json()["d"]
    uri = f"{connected.url}/api/v1/{MAIN}/system/Divisions({MAIN})"
    assert entity["Class_01"] == {"__deferred": {"uri": f"{uri}/Class_01"}}


def test_an_error_says_why_in_json_or_xml(connected):
    as_json = connected.get(f"{JOURNAL}?$select=Nothing")
    message = "Could not find a property named 'Nothing' on type 'Exact.Web.Api.Models.Financial.Journal'."
    assert as_json.json() == {"error": {"code": "", "message": {"lang": "", "value": message}}}
    as_xml = connected.get(f"{JOURNAL}?$select=Nothing", Accept="*/*")
    assert as_xml.headers["Content-Type"] == "application/xml; charset=utf-8"
    assert ElementTree.fromstring(as_xml.text)[1].text == message


def test_whoever_does_not_ask_for_json_gets_atom(connected):
    response = connected.get(f"{JOURNAL}?$top=2", Accept="*/*")
    assert (response.status_code, response.headers["Content-Type"]) == (200, "application/atom+xml; charset=utf-8")
    ids = [node.text for node in ElementTree.fromstring(response.text).iter("{http://www.w3.org/2005/Atom}id")]
    assert ids == [f"{connected.url}/api/v1/{JOURNAL}(guid'{guid(n)}')" for n in range(2)]


def test_every_type_is_written_as_exact_writes_it():
    entity = entities()[LINES]
    select = ("Timestamp", "AmountDC", "Created", "Date", "Description", "FinancialYear", "GLAccount", "VATCode")
    text = RowWriter(entity, select, "http://x/T").write(line(MAIN, 5, of=7) | {"GLAccount": "ABCDEF00-" + guid(1)[9:]})
    assert text == (
        '{"__metadata":{"uri":"http://x/T(5000000020L)","type":"Exact.Web.Api.Models.Sync.Financial.TransactionLine"},'
        '"Timestamp":"5000000020","AmountDC":0.05,"Created":"/Date(1782922600200)/","Date":"/Date(1795392000000)/",'
        '"Description":"Café \'Zon\' \\"& Zn\\" <b>\\r\\n\u2028","FinancialYear":2026,'
        f'"GLAccount":"abcdef00-{guid(1)[9:]}","VATCode":"VB "}}'
    )


def test_a_full_row_has_the_documented_fields_in_their_order():
    entity = entities()[LINES]
    written = RowWriter(entity, None, "http://x/T").write(row(LINES, ID=guid(1), Timestamp=1))
    names = [part.split('"')[0] for part in written.split(',"')[1:]]
    assert names == ["type", *entity.fields]
    assert names[2:] == sorted(names[2:], key=str.lower)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("0.00"), "0"),
        (Decimal("-0.00"), "0"),
        (Decimal("-0.01"), "-0.01"),
        (Decimal("316.50"), "316.5"),
        (Decimal("1200"), "1200"),
        (Decimal("1E+3"), "1000"),
        (Decimal("0.0000001"), "0.0000001"),
        (Decimal("1234567.891"), "1234567.891"),
        (0.1 + 0.2, "0.30000000000000004"),
        (21, "21"),
    ],
    ids=str,
)
def test_numbers_have_no_noise_and_no_exponent(value, text):
    assert double(value) == text


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (date(1970, 1, 1), 0),
        (date(1969, 12, 31), -86_400_000),
        (date(2024, 8, 12), 1_723_420_800_000),
        (datetime.fromisoformat("2026-10-25T02:30:00.999"), 1_792_895_400_999),
    ],
    ids=str,
)
def test_dates_are_wall_time_labelled_utc(value, expected):
    assert milliseconds(value) == expected
