"""What happens to assets, booked with the asset on both sides: 71 to 76 and the depreciation of each period (70)."""

from __future__ import annotations

from datetime import date, timedelta

from sandbox.books import purchases
from sandbox.books.assets import BLOCKED, DEPRECIATED, INACTIVE, SOLD, Asset, Register
from sandbox.books.book import Book, Transfer
from sandbox.books.calendar import Period
from sandbox.books.ledger import Entry
from sandbox.books.money import money
from sandbox.books.rows import Row

GENERAL = "90"
DEPRECIATION, INVESTMENT, REVALUATION, TRANSFER, SPLIT, DISCONTINUE, SALE = 70, 71, 72, 73, 74, 75, 76
SPLIT_SHARE = 40  # percent that goes to the new asset


def _fields(asset: Asset) -> Row:
    row = asset.row
    return {"Asset": row["ID"], "AssetCode": row["Code"], "AssetDescription": row["Description"]}


def invest(book: Book, register: Register, asset: Asset, day: date) -> None:
    """Buy an asset: invoice on a clearing account and activation, or straight onto the asset account."""
    cost_account = register.account(asset.group, "cost")
    if asset.spec.kind == "direct":
        item, rows = purchases.post_asset_invoice(book, day, cost_account, asset.cost, **_fields(asset))
        line = rows[1]
    else:
        clearing = book.account("asset_clearing")
        item, _ = purchases.post_asset_invoice(book, day, clearing, asset.cost)
        entry = Entry(GENERAL, day, INVESTMENT, f"Investering {asset.row['Code']}")
        entry.add(cost_account, asset.cost, **_fields(asset))
        entry.add(clearing, -asset.cost, **_fields(asset))
        line = book.ledger.post(entry)[0]
    supplier = item.relation
    asset.row |= {
        "GLTransactionLine": line["ID"], "GLTransactionLineDescription": line["Description"],
        "TransactionEntryID": line["EntryID"], "TransactionEntryNo": line["EntryNumber"], "InvestmentDate": day,
        "InvestmentAccount": supplier.id, "InvestmentAccountCode": supplier.code,
        "InvestmentAccountName": supplier.name,
    }  # fmt: skip


def depreciate(book: Book, register: Register, period: Period) -> None:
    """Book the depreciation of a period, one entry for all assets."""
    index = book.calendar.index(period)
    entry = Entry(GENERAL, period.ends_on, DEPRECIATION, f"Afschrijving {period.year}-{period.number:02d}")
    for asset in register.assets:
        amount = asset.amount(index)
        if not amount:
            continue
        expense = register.account(asset.group, "expense")
        center = asset.row["Costcenter"]
        axes = {"CostCenter": center, "CostCenterDescription": asset.row["CostcenterDescription"]} if center else {}
        entry.add(expense, amount, **axes, **_fields(asset))
        entry.add(register.account(asset.group, "accumulated"), -amount, **_fields(asset))
        if index - asset.first == len(asset.plan) - 1 and asset.spec.kind != "building":
            asset.row["Status"] = DEPRECIATED
    if entry.lines:
        book.ledger.post(entry)


def happen(book: Book, register: Register, asset: Asset, day: date) -> None:
    """Book the event a spec asks for."""
    index = register.index_of(day)
    {"sale": _sell, "discontinue": _discontinue, "split": _split, "transfer": _transfer, "revaluation": _revalue,
     "block": _block}[asset.spec.event](book, register, asset, day, index)  # fmt: skip


def _block(book: Book, register: Register, asset: Asset, day: date, index: int) -> None:
    asset.stop = index
    asset.row["Status"] = BLOCKED


def _revalue(book: Book, register: Register, asset: Asset, day: date, index: int) -> None:
    entry = Entry(GENERAL, day, REVALUATION, f"Herwaardering {asset.row['Code']}")
    entry.add(register.account(asset.group, "revaluation"), 1_500_000, **_fields(asset))
    entry.add(book.account("revaluation_reserve"), -1_500_000, **_fields(asset))
    book.ledger.post(entry)


def _dispose(book: Book, register: Register, asset: Asset, day: date, index: int, *, how: tuple[int, str]) -> None:
    type_, role = how
    accumulated = asset.accumulated(index)
    entry = Entry(GENERAL, day, type_, f"Desinvestering {asset.row['Code']}")
    entry.add(register.account(asset.group, "cost"), -asset.cost, **_fields(asset))
    entry.add(register.account(asset.group, "accumulated"), accumulated, **_fields(asset))
    result = book.account(role)
    entry.add(result, asset.cost - accumulated, **_fields(asset), **book.axes.values(result, day))
    book.ledger.post(entry)
    asset.stop = index
    asset.row |= {"EndDate": day, "Status": SOLD if type_ == SALE else INACTIVE}


def _sell(book: Book, register: Register, asset: Asset, day: date, index: int) -> None:
    _dispose(book, register, asset, day, index, how=(SALE, "sale_result"))
    result = book.account("sale_result")
    book.schedule(day + timedelta(days=3), Transfer(result, 1_100_000, f"Verkoop {asset.row['Code']}"))


def _discontinue(book: Book, register: Register, asset: Asset, day: date, index: int) -> None:
    _dispose(book, register, asset, day, index, how=(DISCONTINUE, "disposal_result"))


def _move(
    book: Book, register: Register, assets: tuple[Asset, Asset], day: date, type_: int, *, cost: int, accumulated: int
) -> None:
    """Carry cost and accumulated depreciation from one asset to another."""
    old, new = assets
    entry = Entry(GENERAL, day, type_, f"Van {old.row['Code']} naar {new.row['Code']}")
    entry.add(register.account(old.group, "cost"), -cost, **_fields(old))
    entry.add(register.account(new.group, "cost"), cost, **_fields(new))
    if accumulated:
        entry.add(register.account(old.group, "accumulated"), accumulated, **_fields(old))
        entry.add(register.account(new.group, "accumulated"), -accumulated, **_fields(new))
    book.ledger.post(entry)


def _split(book: Book, register: Register, asset: Asset, day: date, index: int) -> None:
    """Split off a share; both go on with their part of the same plan."""
    moved_plan = [amount * SPLIT_SHARE // 100 for amount in asset.plan]
    new = _successor(register, asset, asset.group, "Afgesplitst deel", index)
    new.cost, new.plan = asset.cost * SPLIT_SHARE // 100, moved_plan
    _move(book, register, (asset, new), day, SPLIT, cost=new.cost, accumulated=new.accumulated(index))
    asset.cost -= new.cost
    asset.plan = [amount - part for amount, part in zip(asset.plan, moved_plan, strict=True)]
    for part in (asset, new):
        part.row |= {"InvestmentAmountDC": money(part.cost), "InvestmentAmountFC": money(part.cost)}


def _transfer(book: Book, register: Register, asset: Asset, day: date, index: int) -> None:
    """Move the whole asset to another group."""
    new = _successor(register, asset, "mac", "Verplaatst naar machines", index)
    _move(book, register, (asset, new), day, TRANSFER, cost=asset.cost, accumulated=asset.accumulated(index))
    asset.stop = index
    asset.row |= {"EndDate": day, "Status": INACTIVE}


def _successor(register: Register, asset: Asset, group: str, text: str, index: int) -> Asset:
    spec = asset.spec
    values = {
        "AssetFrom": asset.row["ID"], "AssetFromDescription": asset.row["Description"],
        "StartDate": asset.row["StartDate"],
        "InvestmentDate": asset.row["InvestmentDate"], "Description": text,
    }  # fmt: skip
    new = register.card(type(spec)(group, spec.method, spec.cost, spec.residual, spec.start, text=text), values)
    new.first, new.started = asset.first, index
    return new
