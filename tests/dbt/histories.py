"""Random histories: what happens to raw rows, overrides and loads between two builds, as imports and people do it.

Every change of a raw row sets its `loaded_at` and `load_id` anew, as the loader does. Knows no models.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import psycopg

from tests.dbt import raw_rows

LINES = ["REVENUE", "OFFICE_COSTS", "CASH", "OTHER_PAYABLES", "COST_OF_SALES", "TANGIBLE_ASSETS", "NO_SUCH_LINE"]


class History:
    """The life of some administrations in one warehouse. `ids` and `books` go by division code."""

    def __init__(
        self, connection: psycopg.Connection | None, rng: random.Random, ids: dict[int, int], books: dict[int, Any]
    ):
        self.connection = connection
        self.rng = rng
        self.ids = ids
        self.books = books
        self.told: list[str] = []
        self.running: list[tuple[int, int]] = []  # loads under way: (load, division code)

    def go_on(self, events: int) -> None:
        """Let some things happen; `told` names them."""
        for _ in range(events):
            event = self.rng.choice(EVENTS)
            self.told.append(event.__name__)
            event(self, self.rng.choice(sorted(self.ids)))

    def edit(self, table: str, code: int, field: str, value: str, condition: str = "true", rows: int = 1) -> None:
        """Give some rows another value: an SQL expression over the payload `p`, as JSON."""
        self.connection.execute(
            f"update exact_raw.{table} as r set loaded_at = clock_timestamp(), load_id = %(load)s, "
            f"payload = jsonb_set(payload::jsonb, '{{{field}}}', coalesce(to_jsonb({value}), 'null'))::json "
            "where administration_id = %(id)s and id in (select id from (select id, payload::jsonb as p, deleted_at "
            f"from exact_raw.{table} where administration_id = %(id)s) as q where deleted_at is null and ({condition}) "
            "order by md5(id || %(seed)s) limit %(rows)s)",
            {"id": self.ids[code], "load": self.load(code, table), "seed": str(self.rng.random()), "rows": rows},
        )

    def a_code(self, table: str, code: int) -> str:
        """Return the code of some row; of a table without rows one that nothing has."""
        found = self.connection.execute(
            f"select btrim(payload ->> 'Code') from exact_raw.{table} where administration_id = %s "
            "order by md5(id || %s) limit 1",
            (self.ids[code], str(self.rng.random())),
        ).fetchone()
        return found[0] if found else "none"

    def load(self, code: int, endpoint: str, outcome: str = "succeeded") -> int:
        """Leave a row in the load log."""
        (load_id,) = self.connection.execute(
            "insert into exact_ops.loads (administration_id, endpoint, data_set, run_id, kind, outcome, finished_at) "
            "values (%s, %s, 'test', 'test', 'sync', %s, (select max(finished_at) from exact_ops.loads)) "
            "returning load_id",
            (self.ids[code], endpoint, outcome),
        ).fetchone()
        return load_id


def live_on(history: History, code: int) -> None:
    """Sell, buy, pay, edit, delete, rename, as the sandbox's books do."""
    history.books[code].advance(history.rng.randint(1, 6), history.rng)
    raw_rows.load(history.connection, history.ids[code], history.books[code])


def change_an_amount(history: History, code: int) -> None:
    history.edit("transaction_lines", code, "AmountDC", f"{history.rng.randint(-99999, 99999) / 100}")


def move_to_another_period(history: History, code: int) -> None:
    history.edit("transaction_lines", code, "FinancialPeriod", str(history.rng.choice([0, 1, 5, 12, 13])), rows=3)


def move_to_another_year(history: History, code: int) -> None:
    """Also to a year that no calendar has, and back out of it."""
    history.edit("transaction_lines", code, "FinancialYear", str(history.rng.choice([2023, 2025, 2026, 2027])), rows=2)
    history.edit("transaction_lines", code, "FinancialYear", "2025", "(p ->> 'FinancialYear')::int in (2023, 2027)")


def change_a_type(history: History, code: int) -> None:
    history.edit("transaction_lines", code, "Type", str(history.rng.choice([10, 20, 40, 82, 310, 327, 328, 3000, 999])))


def process_a_line(history: History, code: int) -> None:
    history.edit("transaction_lines", code, "Status", "50", "p ->> 'Status' = '20'", rows=5)


def use_another_axis_value(history: History, code: int) -> None:
    field = history.rng.choice(["CostCenter", "CostUnit"])
    history.edit("transaction_lines", code, field, history.rng.choice(["'  NEW '::text", "null::text"]), rows=4)


def delete_lines(history: History, code: int) -> None:
    """And bring older ones back."""
    for condition, moment in (("is null", "clock_timestamp()"), ("is not null", "null")):
        history.connection.execute(
            f"update exact_raw.transaction_lines set deleted_at = {moment}, loaded_at = clock_timestamp(), "
            "load_id = %s where administration_id = %s and id in (select id from exact_raw.transaction_lines where "
            f"administration_id = %s and deleted_at {condition} order by md5(id || %s) limit 3)",
            (history.load(code, "deletions"), history.ids[code], history.ids[code], str(history.rng.random())),
        )


def change_an_account(history: History, code: int) -> None:
    rng = history.rng
    field, value = rng.choice([
        ("Type", str(rng.choice([12, 20, 90, 110, 121]))), ("BalanceType", rng.choice(["'W'::text", "'B'::text"])),
        ("BalanceSide", rng.choice(["'C'::text", "'D'::text"])), ("Description", "'Renamed'::text"),
        ("Code", f"'{rng.randint(1000, 9999)}'::text"),
    ])  # fmt: skip
    history.edit("gl_accounts", code, field, value)


def lose_an_account(history: History, code: int) -> None:
    """Exact does not deliver it: its lines must do."""
    history.connection.execute(
        "delete from exact_raw.gl_accounts where administration_id = %s and id = (select id from exact_raw.gl_accounts "
        "where administration_id = %s order by md5(id || %s) limit 1)",
        (history.ids[code], history.ids[code], str(history.rng.random())),
    )


def classify_differently(history: History, code: int) -> None:
    codes = ["'BLimBanRba'::text", "'BSchCreHac'::text", "'WBedKan'::text", "'WOmz'::text", "'XYZ'::text"]
    history.edit("gl_account_classification_mappings", code, "ClassificationCode", history.rng.choice(codes), rows=3)


def override(history: History, code: int) -> None:
    """A person maps an account, or an axis value of it, for ever or for some months, perhaps to a line that is none."""
    rng = history.rng
    axis, axis_code = rng.choice([(None, None), (None, None), ("cost_center", "NEW"), ("cost_unit", "NEW"),
                                  ("project", history.a_code("projects", code))])  # fmt: skip
    starts_on = rng.choice([None, date(2025, 1, 1) + timedelta(days=rng.randint(0, 600))])
    ends_on = starts_on + timedelta(days=90) if starts_on and rng.random() < 0.5 else None
    history.connection.execute(
        "insert into exact_ops.account_mapping_overrides (environment, division_code, account_code, axis, axis_code, "
        "reporting_line_code, valid_from, valid_to, author) values ('nl', %s, %s, %s, %s, %s, %s, %s, 'Jo')",
        (code, history.a_code("gl_accounts", code), axis, axis_code, rng.choice(LINES), starts_on, ends_on),
    )


def withdraw_an_override(history: History, code: int) -> None:
    history.connection.execute(
        "update exact_ops.account_mapping_overrides set withdrawn_at = now(), withdrawn_by = 'Jo' where override_id = "
        "(select max(override_id) from exact_ops.account_mapping_overrides where withdrawn_at is null)"
    )


def change_a_period(history: History, code: int) -> None:
    field = history.rng.choice(["EndDate", "StartDate"])
    history.edit("financial_periods", code, field, "'/Date(1767139200000)/'::text")


def close_a_period(history: History, code: int) -> None:
    history.edit("journal_statuses", code, "Status", "1", "(p ->> 'Status')::int = 0", rows=6)


def change_a_term(history: History, code: int) -> None:
    day = f"'/Date({1735689600000 + history.rng.randint(0, 690) * 86400000})/'::text"
    field, value = history.rng.choice([
        ("EndDate", day), ("EndDate", "null::text"), ("DueDate", day), ("InvoiceDate", day),
        ("AmountDC", f"{history.rng.randint(1, 99999) / 100}"), ("YourRef", "'another'::text"),
        ("TransactionAmountDC", "null::numeric"), ("TransactionType", "null::int"),
    ])  # fmt: skip
    history.edit("payment_terms", code, field, value, rows=3)


def rename_a_project(history: History, code: int) -> None:
    history.edit("projects", code, "Code", f"'PRJ{history.rng.randint(1, 3)}'::text")


def change_an_asset(history: History, code: int) -> None:
    field, value = history.rng.choice([
        ("InvestmentAmountDC", str(history.rng.randint(1000, 90000))), ("ResidualValue", "10"), ("Status", "5"),
        ("StartDate", "'/Date(1746057600000)/'::text"),
    ])  # fmt: skip
    history.edit("assets", code, field, value)


def import_on_a_later_day(history: History, code: int) -> None:
    """The reporting dates move on."""
    history.connection.execute(
        "update exact_ops.loads set finished_at = finished_at + make_interval(days => %s) "
        "where administration_id = %s and endpoint = 'payment_terms'",
        (history.rng.choice([1, 30]), history.ids[code]),
    )


def begin_a_long_load(history: History, code: int) -> None:
    (load_id,) = history.connection.execute(
        "insert into exact_ops.loads (administration_id, endpoint, data_set, run_id, kind) "
        "values (%s, 'transaction_lines', 'test', 'test', 'sync') returning load_id",
        (history.ids[code],),
    ).fetchone()
    history.running.append((load_id, code))


def bring_a_late_page(history: History, code: int) -> None:
    """A load that began long ago commits a page dated before much that is staged; it may end with it."""
    for load_id, division in history.running[:1]:
        history.connection.execute(
            "update exact_raw.transaction_lines set loaded_at = '2020-01-01', load_id = %s, "
            "payload = jsonb_set(payload::jsonb, '{Description}', '\"late\"')::json "
            "where administration_id = %s and id in (select id from exact_raw.transaction_lines "
            "where administration_id = %s order by md5(id || %s) limit 4)",
            (load_id, history.ids[division], history.ids[division], str(history.rng.random())),
        )
        if history.rng.random() < 0.5:
            history.running.pop(0)
            history.connection.execute(
                "update exact_ops.loads set outcome = 'succeeded', finished_at = (select max(finished_at) "
                "from exact_ops.loads) where load_id = %s",
                (load_id,),
            )


def fail_to_load(history: History, code: int) -> None:
    history.load(code, history.rng.choice(["transaction_lines", "payment_terms", "assets"]), "failed")


def purge(history: History, code: int) -> None:
    """And connect it anew, under another id; import what is there now, or not before something else happens."""
    for endpoint in raw_rows.ENDPOINTS:
        history.connection.execute(
            f"delete from exact_raw.{endpoint['name']} where administration_id = %s", (history.ids[code],)
        )
    history.connection.execute(
        "delete from exact_ops.administrations where administration_id = %s", (history.ids[code],)
    )
    history.running = [each for each in history.running if each[1] != code]
    history.ids[code] = raw_rows.register(history.connection, history.books[code])
    if history.rng.random() < 0.7:
        raw_rows.load(history.connection, history.ids[code], history.books[code])


EVENTS: list[Callable[[History, int], None]] = [
    live_on, live_on, live_on, change_an_amount, move_to_another_period, move_to_another_year, change_a_type,
    process_a_line, use_another_axis_value, delete_lines, change_an_account, lose_an_account, classify_differently,
    override, override, withdraw_an_override, change_a_period, close_a_period, change_a_term, change_a_term,
    rename_a_project, change_an_asset, import_on_a_later_day, fail_to_load, purge, begin_a_long_load,
    bring_a_late_page, bring_a_late_page,
]  # fmt: skip
