"""The opening balance (type 10): what the administration brought along, open items and assets included."""

from __future__ import annotations

from datetime import timedelta

from sandbox.books.assets import DEPRECIATED, Asset, Register
from sandbox.books.book import Book, Payment, Transfer
from sandbox.books.ledger import Entry
from sandbox.books.money import money
from sandbox.books.relations import Relation
from sandbox.books.rows import Row

OPENING = 10
GENERAL = "91"
BALANCES = (
    ("bank", 21_500_000), ("bank_fc", 3_000_000), ("cash", 250_000), ("stock", 12_750_000), ("deposits", 600_000),
    ("participation", 5_000_000), ("vat_payable", -1_254_300), ("capital", -10_000_000), ("loan", -45_000_000),
    ("holiday", -820_000),
)  # fmt: skip
CLOSED_FLOOR = 88_000_000  # minimum value of the commercial building, cents


def post_opening(book: Book, register: Register) -> None:
    """Book the opening in one entry; retained earnings take the difference."""
    calendar = book.calendar
    entry = Entry(
        GENERAL,
        calendar.starts_on,
        OPENING,
        "Openingsbalans",
        period=(calendar.first_year, book.profile.opening_period),
    )
    for role, amount in BALANCES:
        entry.add(book.account(role), amount)
    items = _add_items(book, entry)
    for spec in register.specs():
        if spec.start < 0:
            _add_asset(register, entry, register.card(spec))
    entry.add(book.account("retained"), -sum(line["amount"] for line in entry.lines))
    rows = book.ledger.post(entry)
    owed = next(amount for role, amount in BALANCES if role == "vat_payable")
    book.schedule(
        calendar.starts_on + timedelta(days=26), Transfer(book.account("vat_payable"), owed, "Belastingdienst btw")
    )
    for position, relation, reference in items:
        item = book.terms.open(rows[position], relation, relation.condition, reference)
        book.schedule(item.day + timedelta(days=10 + position), Payment(item))


def _add_items(book: Book, entry: Entry) -> list[tuple[int, Relation, str]]:
    items = []
    for role, relations, sign in (("receivable", book.customers, 1), ("payable", book.suppliers, -1)):
        for number, relation in enumerate([relation for relation in relations if relation.region == "home"][:5]):
            fields: Row = {"Account": relation.id, "AccountCode": relation.code, "AccountName": relation.name}
            reference = f"OUD-{role[0]}{number}"
            items.append((len(entry.lines), relation, reference))
            entry.add(book.account(role), sign * (123_456 + number * 77_700), YourRef=reference, **fields)
    return items


def _add_asset(register: Register, entry: Entry, asset: Asset) -> None:
    """Bring an asset along: with its guid on both lines, on the cost line only, or on neither."""
    kind = asset.spec.kind
    if kind == "building":
        register.insert_building_value(asset, CLOSED_FLOOR)
    depreciated = sum(asset.plan[: -asset.first])
    asset.row |= {
        "AlreadyDepreciated": int(bool(depreciated)), "DepreciatedAmount": money(depreciated) if depreciated else None,
        "DepreciatedPeriods": min(-asset.first, len(asset.plan)) if depreciated else None,
        "DepreciatedStartDate": asset.row["StartDate"] if depreciated else None,
        "Status": DEPRECIATED if kind == "fully" else asset.row["Status"],
    }  # fmt: skip
    named: Row = {
        "Asset": asset.row["ID"],
        "AssetCode": asset.row["Code"],
        "AssetDescription": asset.row["Description"],
    }
    entry.add(register.account(asset.group, "cost"), asset.cost, **({} if kind == "taken_silent" else named))
    if depreciated:
        carried = kind in ("taken_booked", "building", "fully")
        entry.add(register.account(asset.group, "accumulated"), -depreciated, **(named if carried else {}))
