"""The wire format: every envelope, exact row text, keys, and refusal of anything that is not a full answer."""

from __future__ import annotations

import json

import pytest

from exact_online import odata
from exact_online.errors import DataContractError

ROW = (
    b'{"__metadata":{"uri":"https://x/api/v1/7/a/B(guid\'1\')"},"ID":"1","Amount":0.10,'
    b'"Note":"\\u00e9 \xf0\x9f\x99\x82"}'
)


@pytest.mark.parametrize(
    ("body", "rows", "next_link"),
    [
        pytest.param(b'{"d":{"results":[' + ROW + b',{"ID":"2"}]}}', [ROW, b'{"ID":"2"}'], None, id="results"),
        pytest.param(b'{"d":{"results":[{"ID":"1"}],"__next":"http://n"}}', [b'{"ID":"1"}'], "http://n", id="next"),
        pytest.param(b'{"d":[{"ID":"1"}]}', [b'{"ID":"1"}'], None, id="bare list"),
        pytest.param(b'{"d":[]}', [], None, id="empty bare list"),
        pytest.param(b'{"d":{"results":[]}}', [], None, id="empty results"),
    ],
)
def test_parse_page_keeps_each_row_as_sent(body, rows, next_link):
    assert odata.parse_page(body) == odata.Page(rows, next_link)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty body"),
        pytest.param(b"<html>maintenance</html>", id="html"),
        pytest.param(b'{"d":{"results":[{"ID":"1"},{"ID"', id="truncated"),
        pytest.param(b'{"d":{"results":[{"ID":"1"}]}', id="one brace short"),
        pytest.param(b'{"error":{"code":""}}', id="error object"),
        pytest.param(b'{"d":{}}', id="no results"),
        pytest.param(b'{"d":null}', id="null"),
        pytest.param(b"[]", id="list"),
    ],
)
def test_parse_page_refuses_what_is_not_a_full_envelope(body):
    with pytest.raises(DataContractError):
        odata.parse_page(body)


@pytest.mark.parametrize(
    ("key", "row", "expected"),
    [
        pytest.param(("ID",), {"ID": "ab", "Timestamp": "12", "Division": 7}, ("ab", 12, 7), id="Int64 as string"),
        pytest.param(("ID",), {"ID": 5, "Timestamp": 12}, ("5", 12, None), id="Int64 as number, no division"),
        pytest.param(("J", "P"), {"J": "90 ", "P": 1, "Division": "7"}, ("90|1", None, 7), id="composite, padded"),
        pytest.param(
            ("ID",),
            {"ID": "1", "__metadata": {"uri": "https://x/api/v1/42/hrm/Costcenters(1)"}},
            ("1", None, 42),
            id="division in the uri",
        ),
        pytest.param(
            ("ID",),
            {"ID": "1", "__metadata": {"uri": "https://x/api/v1/beta/42/budget/B(1)"}},
            ("1", None, 42),
            id="division in a beta uri",
        ),
    ],
)
def test_row_reader_reads_only_what_the_loader_needs(key, row, expected):
    id_, version, division = expected
    read, read_version = odata.row_reader(key), odata.row_reader(key, has_version=True)
    assert read(json.dumps(row).encode()) == (id_, None, division, None)
    if version is not None:
        assert read_version(json.dumps(row).encode()) == (*expected, None)


def test_row_reader_reads_the_period_of_a_line_where_it_has_one():
    read = odata.row_reader(("ID",), period=("Year", "Period"))
    assert read(b'{"ID":"a","Year":2026,"Period":0}').period == (2026, 0)
    assert read(b'{"ID":"a","Year":2026,"Period":null}').period is None


@pytest.mark.parametrize(
    ("link", "version"),
    [
        ("https://x/api/v1/1/sync/A?$select=ID&$skiptoken=387L", 387),
        ("https://x/api/v1/1/sync/A?$skiptoken=5300000001&$select=ID", 5300000001),
        ("https://x/api/v1/1/sync/A?%24skiptoken=12L", 12),
        ("https://x/api/v1/1/bulk/A?$skiptoken=guid'00000000-0000-0000-0000-000000000001'", None),
        ("https://x/api/v1/1/read/A?$skiptoken='10',6,2014", None),
        (None, None),
    ],
)
def test_skip_version_is_the_row_version_a_link_goes_on_behind(link, version):
    assert odata.skip_version(link) == version


@pytest.mark.parametrize(
    ("body", "count"),
    [
        (b'{"d":{"__count":"1234","results":[{"ID":"a"}]}}', 1234),
        (b'{"d":{"__count":7,"results":[]}}', 7),
        (b'{"d":{"results":[{"ID":"a"}]}}', None),
        (b'{"d":[{"ID":"a"}]}', None),
    ],
)
def test_parse_count_tells_the_rows_of_the_whole_collection(body, count):
    assert odata.parse_count(body) == count


@pytest.mark.parametrize(
    "row",
    [
        {"Timestamp": "1"},
        {"ID": None, "Timestamp": "1"},
        {"ID": "", "Timestamp": "1"},
        {"ID": ["1"], "Timestamp": "1"},
        {"ID": "1", "Timestamp": "x"},
        {"ID": "1", "Timestamp": None},
        {"ID": "1"},
    ],
    ids=str,
)
def test_row_reader_refuses_a_row_without_key_or_version(row):
    with pytest.raises(DataContractError):
        odata.row_reader(("ID",), has_version=True)(json.dumps(row).encode())


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        pytest.param(r'"a\u0000b"', r'"a\ufffdb"', id="NUL"),
        pytest.param(r'"cut \ud83d"', r'"cut \ufffd"', id="first half of a pair"),
        pytest.param(r'"\uDE00!"', r'"\ufffd!"', id="second half of a pair"),
        pytest.param(r'"\ude00\ud83d\ude00"', r'"\ufffd\ud83d\ude00"', id="half a pair before a whole one"),
    ],
)
def test_parse_page_mends_texts_no_database_can_hold_and_keeps_them_as_sent(sent, stored):
    body = f'{{"d":{{"results":[{{"ID":"1"}},{{"ID":"2","D":{sent}}},{{"ID":"3"}}]}}}}'
    page = odata.parse_page(body.encode())
    assert page.rows == [b'{"ID":"1"}', f'{{"ID":"2","D":{stored}}}'.encode(), b'{"ID":"3"}']
    assert page.unstorable == {1: f'{{"ID":"2","D":{sent}}}'.encode()}


@pytest.mark.parametrize("text", [r'"\ud83d\ude00"', r'"\\u0000"', r'"\\\\ud83d"', r'"caf\u00e9\n"'])
def test_parse_page_leaves_every_other_escape_alone(text):
    row = f'{{"D":{text}}}'.encode()
    page = odata.parse_page(b'{"d":[' + row + b"]}")
    assert (page.rows, page.unstorable) == ([row], {})


def test_parse_single_takes_every_shape_of_one_entity():
    bodies = [b'{"d":{"UserID":"u"}}', b'{"d":{"results":[{"UserID":"u"}]}}', b'{"d":[{"UserID":"u"}]}']
    assert [odata.parse_single(body) for body in bodies] == [{"UserID": "u"}] * 3
    for body in (b'{"d":[]}', b'{"d":"x"}', b"{}", b"<a/>"):
        with pytest.raises(DataContractError):
            odata.parse_single(body)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"error":{"code":"","message":{"lang":"","value":"Bad \\n query"}}}', "Bad query"),
        (b'{"error":"invalid_request","error_description":"Old refresh token used."}',
         "invalid_request Old refresh token used."),
        (b"<html>", ""),
        (b"", ""),
        (b"{}", ""),
    ],
)  # fmt: skip
def test_error_text_gives_exacts_own_words(body, words):
    assert odata.error_text(body) == words
