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
    assert odata.row_reader(key)(json.dumps(row).encode()) == expected


@pytest.mark.parametrize(
    "row",
    [{"Timestamp": "1"}, {"ID": None}, {"ID": ""}, {"ID": "1", "Timestamp": "x"}, {"ID": ["1"]}],
    ids=str,
)
def test_row_reader_refuses_a_row_without_key_or_version(row):
    with pytest.raises(DataContractError):
        odata.row_reader(("ID",))(json.dumps(row).encode())


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
