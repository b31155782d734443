"""Manual account mapping: stored with author and time, replaced and undone without losing history. Postgres only."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Any

import psycopg
from psycopg.rows import class_row

from exact_online.errors import ConfigError
from exact_online.warehouse import one_row

AXES = ("cost_center", "cost_unit", "project")
LONGEST_COMMENT = 500
#: The columns of the file, in the order of the seed it replaces.
COLUMNS = (
    *("environment", "division_code", "account_code", "axis", "axis_code", "reporting_line_code"),
    *("valid_from", "valid_to", "comment"),
)
#: More rows than this in one file are not typed by a person.
MOST_ROWS = 20_000


@dataclass(frozen=True)
class Override:
    """Which reporting line an account has, perhaps for one axis value and for a time only."""

    environment: str
    division_code: int
    account_code: str
    axis: str | None
    axis_code: str | None
    reporting_line_code: str
    valid_from: date | None
    valid_to: date | None
    comment: str | None


@dataclass(frozen=True)
class Stored(Override):
    """An override as stored. One with `withdrawn_at` is history."""

    override_id: int
    author: str
    created_at: datetime
    withdrawn_at: datetime | None
    withdrawn_by: str | None


_COLUMNS = ", ".join(each.name for each in fields(Stored))
_KEY = """
environment = %(environment)s and division_code = %(division_code)s and account_code = %(account_code)s
and axis is not distinct from %(axis)s and axis_code is not distinct from %(axis_code)s
and valid_from is not distinct from %(valid_from)s and withdrawn_at is null
"""


def checked(override: Override) -> Override:
    """Return it tidied. Raises ConfigError naming what is wrong, before anything is stored."""
    where = f"account {override.account_code or '(none)'}"
    tidy = replace(
        override,
        account_code=override.account_code.strip(),
        axis=(override.axis or "").strip() or None,
        axis_code=(override.axis_code or "").strip() or None,
        reporting_line_code=override.reporting_line_code.strip(),
        comment=" ".join((override.comment or "").split()) or None,
    )
    if not tidy.account_code or not tidy.reporting_line_code:
        raise ConfigError(f"{where}: account and reporting line must be given")
    if tidy.axis is not None and tidy.axis not in AXES:
        raise ConfigError(f"{where}: the axis must be one of {', '.join(AXES)}, or empty")
    if (tidy.axis is None) != (tidy.axis_code is None):
        raise ConfigError(f"{where}: give both the axis and its value, or neither")
    if tidy.valid_from and tidy.valid_to and tidy.valid_from > tidy.valid_to:
        raise ConfigError(f"{where}: it ends ({tidy.valid_to}) before it begins ({tidy.valid_from})")
    if tidy.comment and len(tidy.comment) > LONGEST_COMMENT:
        raise ConfigError(f"{where}: a comment has at most {LONGEST_COMMENT} characters")
    return tidy


def save(connection: psycopg.Connection, overrides: Iterable[Override], author: str) -> list[int]:
    """Store overrides, all or none, and return their ids; one of the same account, axis value and day is replaced.

    Raises ConfigError where two of them are for the same account, axis value and first day.
    """
    tidy = [checked(each) for each in overrides]
    seen: set[tuple[object, ...]] = set()
    for each in tidy:
        if _key(each) in seen:
            raise ConfigError(f"account {each.account_code}: two mappings of the same axis value and first day")
        seen.add(_key(each))
    with connection.transaction():
        # One writer at a time: of one key only one row may hold.
        connection.execute("lock table exact_ops.account_mapping_overrides in share row exclusive mode")
        return [_save_one(connection, each, author) for each in tidy]


def _key(override: Override) -> tuple[object, ...]:
    return (
        *(override.environment, override.division_code, override.account_code),
        *(override.axis, override.axis_code, override.valid_from),
    )


def _save_one(connection: psycopg.Connection, override: Override, author: str) -> int:
    values = {**vars(override), "author": author}
    connection.execute(
        f"update exact_ops.account_mapping_overrides set withdrawn_at = now(), withdrawn_by = %(author)s where {_KEY}",
        values,
    )
    return int(
        one_row(
            connection,
            "insert into exact_ops.account_mapping_overrides (environment, division_code, account_code, axis, "
            "axis_code, reporting_line_code, valid_from, valid_to, comment, author) values (%(environment)s, "
            "%(division_code)s, %(account_code)s, %(axis)s, %(axis_code)s, %(reporting_line_code)s, %(valid_from)s, "
            "%(valid_to)s, %(comment)s, %(author)s) returning override_id",
            values,
        )[0]
    )


def undo(connection: psycopg.Connection, override_id: int, who: str) -> None:
    """Withdraw an override; what it replaced holds again. Raises ConfigError where it is history already."""
    with connection.transaction():
        connection.execute("lock table exact_ops.account_mapping_overrides in share row exclusive mode")
        found = find(connection, override_id)
        if found is None or found.withdrawn_at is not None:
            raise ConfigError("that mapping was undone or replaced already; load the page again")
        connection.execute(
            "update exact_ops.account_mapping_overrides set withdrawn_at = now(), withdrawn_by = %s "
            "where override_id = %s",
            (who, override_id),
        )
        # A row and the one it replaces carry the same moment: that of the transaction that stored it.
        connection.execute(
            "update exact_ops.account_mapping_overrides set withdrawn_at = null, withdrawn_by = null "
            f"where {_KEY.replace('withdrawn_at is null', 'withdrawn_at = %(created_at)s')}",
            vars(found),
        )


def stored(connection: psycopg.Connection, environment: str, division_code: int, live_only: bool) -> list[Stored]:
    """Return the overrides of an administration, the newest first."""
    where = "and withdrawn_at is null" if live_only else ""
    with connection.cursor(row_factory=class_row(Stored)) as cursor:
        return cursor.execute(
            f"select {_COLUMNS} from exact_ops.account_mapping_overrides "
            f"where environment = %s and division_code = %s {where} order by override_id desc limit 500",
            (environment, division_code),
        ).fetchall()


def find(connection: psycopg.Connection, override_id: int) -> Stored | None:
    """Return one override, or None."""
    with connection.cursor(row_factory=class_row(Stored)) as cursor:
        return cursor.execute(
            f"select {_COLUMNS} from exact_ops.account_mapping_overrides where override_id = %s", (override_id,)
        ).fetchone()


def read_csv(text: str) -> list[Override]:
    """Return the rows of an uploaded file. Raises ConfigError naming the line."""
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    missing = [name for name in COLUMNS if name not in (reader.fieldnames or [])]
    if missing:
        raise ConfigError(f"the file lacks the columns {', '.join(missing)}; download one to see the form")
    found = []
    for row in reader:
        try:
            found.append(_override(row))
        except (ValueError, TypeError) as exc:
            raise ConfigError(f"line {reader.line_num} cannot be read: {exc}; nothing was stored") from None
        if len(found) > MOST_ROWS:
            raise ConfigError(f"the file has more than {MOST_ROWS} rows; nothing was stored")
    return found


def _override(row: dict[str, str]) -> Override:
    return checked(
        Override(
            unguarded(row["environment"]).strip(),
            int(row["division_code"]),
            unguarded(row["account_code"]),
            unguarded(row["axis"]),
            unguarded(row["axis_code"]),
            unguarded(row["reporting_line_code"]),
            date.fromisoformat(row["valid_from"].strip()) if row["valid_from"].strip() else None,
            date.fromisoformat(row["valid_to"].strip()) if row["valid_to"].strip() else None,
            unguarded(row["comment"]),
        )
    )


def write_csv(columns: Iterable[str], rows: Iterable[dict[str, Any]]) -> str:
    """Return a file of rows; no text in it is a formula to whoever opens it with a spreadsheet."""
    names, out = list(columns), io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(names)
    for row in rows:
        writer.writerow([_guarded(row.get(name)) for name in names])
    return out.getvalue()


_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def _guarded(value: object) -> object:
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return "" if value is None else value


def unguarded(text: str | None) -> str:
    """Take back what `write_csv` put before a text that looks like a formula."""
    text = text or ""
    return text[1:] if text.startswith("'") and text[1:].startswith(_FORMULA) else text
