"""A dashboard as data: each panel is one table, and its chart is drawn from that very table."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Row = dict[str, Any]


@dataclass(frozen=True)
class Column:
    """A column. `kind` is text, amount, number or day; amounts and numbers are what the chart shows."""

    name: str
    label: str
    kind: str = "text"
    in_chart: bool = True


@dataclass(frozen=True)
class Panel:
    """One table with its chart. `chart` is bar, stacked, line or empty; `unit` is the currency."""

    key: str
    title: str
    unit: str
    columns: list[Column]
    rows: list[Row]
    chart: str = ""
    note: str = ""
    total: list[Any] = field(default_factory=list)


def amounts(*pairs: tuple[str, str]) -> list[Column]:
    """Return columns of money."""
    return [Column(name, label, "amount") for name, label in pairs]


def by_currency(rows: list[Row]) -> dict[str, list[Row]]:
    """Split rows by currency: amounts of different ones are never shown in one table."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row["currency_code"] or "?", []).append(row)
    return found
