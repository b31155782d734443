"""The command line: usage, exit codes and output, without a database."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from exact_online import __main__ as command_line
from exact_online import commands, errors


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["sync"], id="sync without codes"),
        pytest.param(["sync", "1", "--all"], id="codes and --all"),
        pytest.param(["disconnect"], id="disconnect without codes"),
        pytest.param(["connect", "--environment", "nl"], id="connect without app"),
        pytest.param(["connect", "--redirected-url", "https://me/?code=secret-code"], id="code as argument"),
    ],
)
def test_wrong_usage_ends_with_2_and_changes_nothing(arguments, capsys):
    assert command_line.main(arguments) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("exact_online: ")
    assert "secret-code" not in printed.err


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.ConfigError("x"), 2),
        (errors.ReauthorizationRequired("x"), 3),
        (errors.AdministrationUnavailable("x", "not_found"), 4),
        (errors.TransientApiError("x"), 5),
        (errors.RefreshOutcomeUnknown("x"), 5),
        (errors.DailyLimitReached("x", None), 5),
        (errors.RequestRejected("x", 400, ""), 1),
        (errors.DataContractError("x"), 1),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_each_kind_of_error_has_its_exit_code(monkeypatch, capsys, error, code):
    def fail():
        raise error

    monkeypatch.setattr(commands, "status", fail)
    assert command_line.main(["status"]) == code
    assert capsys.readouterr().err == "exact_online: x\n"


@pytest.mark.parametrize("arguments", [["--json", "status"], ["status", "--json"]])
def test_json_may_stand_before_or_behind_the_command(monkeypatch, capsys, arguments):
    monkeypatch.setattr(commands, "status", lambda: {"administrations": [{"name": "Bäcker & Zn"}]})
    assert command_line.main(arguments) == 0
    assert json.loads(capsys.readouterr().out) == {"administrations": [{"name": "Bäcker & Zn"}]}


def test_text_output_is_one_tab_separated_line_per_row():
    rows = [{"code": 1, "name": "a"}, {"code": 2, "name": None}]
    assert list(commands.as_text({"administrations": rows, "x": 1})) == [
        "administrations:",
        "code\tname",
        "1\ta",
        "2\t",
        "x: 1",
    ]
    assert list(commands.as_text([])) == []


def test_text_output_names_the_parts_of_a_part_and_writes_moments_and_truths_for_people():
    moment = datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC)
    rows = [{"is_connected": True, "at": moment}]
    assert list(commands.as_text({"marts": {"built_at": moment, "is_up_to_date": False}, "rows": rows})) == [
        "marts.built_at: 2026-01-02 03:04:05+00:00",
        "marts.is_up_to_date: no",
        "rows:",
        "is_connected\tat",
        "yes\t2026-01-02 03:04:05+00:00",
    ]


@pytest.mark.parametrize("given", ["from-stdin\n", ""])
def test_the_client_secret_comes_from_standard_input_when_the_environment_has_none(monkeypatch, given):
    monkeypatch.delenv(commands.SECRET_VARIABLE, raising=False)
    monkeypatch.setattr("sys.stdin", __import__("io").StringIO(given))
    if given:
        assert commands._client_secret() == "from-stdin"
    else:
        with pytest.raises(errors.ConfigError, match="EXACT_ONLINE_CLIENT_SECRET"):
            commands._client_secret()
