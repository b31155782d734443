"""Asset cards: groups, methods, and every situation a card can be in.

Cards only; `asset_events.py` books what happens to them. The ledger is the truth about book values: a card's
depreciated amount counts only where no ledger line of that asset carries it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sandbox.books.book import Book
from sandbox.books.calendar import add_months
from sandbox.books.charts.accounts import Account
from sandbox.books.depreciation import LINEAR, Method, methods, plan, until_spent
from sandbox.books.money import money
from sandbox.books.rows import Row

ASSETS, GROUPS = "assets/Assets", "assets/AssetGroups"
METHODS, BUILDING_VALUES = "assets/DepreciationMethods", "assets/CommercialBuildingValues"
ACTIVE, NOT_VALIDATED, INACTIVE, DEPRECIATED, BLOCKED, SOLD = 1, 2, 3, 4, 5, 6
GROUP_NAMES = {
    "int": ("Immateriële activa", "LIN60"), "lan": ("Terreinen", None), "bui": ("Gebouwen", "LIN30J"),
    "mac": ("Machines", "LIN60"), "inv": ("Inventaris & IT", "LIN36"), "veh": ("Vervoermiddelen", "LIN48"),
}  # fmt: skip
TYPE_NAMES = {
    1: "Lineair", 3: "Lineair", 10: "Degressief naar lineair", 11: "Degressief", 12: "Degressief naar lineair",
    21: "Vast bedrag", 40: "Annuïteit",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Spec:
    """What an asset is to show. `start`: months before the books (negative) or a share of their life (0-1)."""

    group: str
    method: str | None
    cost: int  # whole currency units
    residual: int
    start: float
    kind: str = "buy"
    event: str = ""
    event_at: float = 0.0
    text: str = ""


SPECS = (
    Spec("lan", None, 150_000, 0, -60, "taken_booked", text='Bouwgrond "De Polder"'),
    Spec("bui", "LIN30J", 900_000, 300_000, -40, "building", text="Bedrijfspand Ålesundstraat 5"),
    Spec("mac", "LIN60", 60_000, 6_000, -20, "taken_booked", text="Draaibank <CNC>"),
    Spec("mac", "LIN60", 45_000, 0, -13, "taken_card", text="Freesmachine, overgenomen"),
    Spec("inv", "LIN36", 18_000, 0, -10, "taken_silent", text="Kantoorinrichting, overgenomen"),
    Spec("inv", "LIN36", 9_000, 0, -50, "fully", text="Oude server 🖥️"),
    Spec("veh", "LIN48", 28_000, 4_000, -12, "taken_booked", "sale", 0.62, "Bestelbus VB-001-Z"),
    Spec("veh", "LIN48", 32_000, 8_000, 0.03, "buy", "discontinue", 0.71, "Lease-overname personenauto"),
    Spec("mac", "LIN60", 12_000, 0, 0.05, "buy", "split", 0.5, "Productielijn (wordt gesplitst)"),
    Spec("inv", "LIN48", 24_000, 0, 0.08, "buy", "transfer", 0.6, "Kassasysteem (verhuist van groep)"),
    Spec("mac", "LIN10J", 80_000, 10_000, 0.10, "buy", "revaluation", 0.55, "Oven met herwaardering"),
    Spec("mac", "BE5", 25_000, 0, 0.12, "buy", text="Matériel type 3"),
    Spec("mac", "DL40", 40_000, 2_000, 0.15, "buy", text="Degressief naar lineair"),
    Spec("mac", "BEDL", 36_000, 0, 0.18, "buy", text="Dégressif België"),
    Spec("veh", "DEG25", 30_000, 5_000, 0.20, "buy", text="Heftruck degressief"),
    Spec("inv", "VAST", 6_500, 500, 0.22, "buy", text="Vast bedrag per periode"),
    Spec("int", "ANN48", 48_000, 0, 0.25, "buy", text="Software annuïtair"),
    Spec("inv", "LIN36", 4_200, 0, 0.30, "direct", text="Laptop rechtstreeks op activum geboekt"),
    Spec("mac", "LIN60", 15_000, 0, 0.95, "future", text="Nog niet begonnen"),
    Spec("inv", None, 3_333, 0, 0.35, "buy", text="Methode van de groep"),
    Spec("inv", "LIN36", 2_750, 0, 0.97, "unvalidated", text="Nog te valideren"),
    Spec("mac", "LIN60", 21_000, 1_000, 0.28, "buy", "block", 0.8, "Geblokkeerd activum"),
)
MORE_GROUPS = ("mac", "inv", "veh", "int", "mac", "inv")  # plain ones to fill up a default-sized administration
MORE_COUNT = 14


@dataclass(slots=True)
class Asset:
    """A card at work: its plan, counted in fiscal periods from `first`, and where it stops."""

    row: Row
    group: str
    cost: int
    plan: list[int]
    first: int  # index of the period of plan[0]; negative for assets taken over
    spec: Spec
    stop: int = 10_000  # no depreciation from this period index on
    started: int = 0  # first period index booked by us

    def amount(self, index: int) -> int:
        """Return what to depreciate in a period."""
        position = index - self.first
        if index < self.started or index >= self.stop or not 0 <= position < len(self.plan):
            return 0
        return self.plan[position]

    def accumulated(self, index: int) -> int:
        """Return what the plan has depreciated before a period."""
        return sum(self.plan[: max(0, min(index, self.stop) - self.first)])


class Register:
    """The groups, methods and cards of an administration."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.assets: list[Asset] = []
        self.methods = methods(book.profile.months_per_period)
        self.method_rows = {code: self._insert_method(method) for code, method in self.methods.items()}
        self.group_rows = {prefix: self._insert_group(prefix) for prefix in GROUP_NAMES}
        book.store.table(BUILDING_VALUES)

    def account(self, group: str, part: str) -> Account:
        """Return one of the four accounts of a group: cost, accumulated, expense, revaluation."""
        return self.book.account(f"{group}_{part}")

    def specs(self) -> list[Spec]:
        """List the assets this administration has, plain ones added in a default-sized one."""
        if not self.book.volume.all_assets:
            return list(SPECS)
        more = [
            Spec(group, GROUP_NAMES[group][1], 3_000 + 1_750 * number, 250 * (number % 3), 0.04 + number / 20, "buy",
                 text=f"Activum {number} (gewoon)")
            for number, group in enumerate((MORE_GROUPS * 3)[:MORE_COUNT])
        ]  # fmt: skip
        return list(SPECS) + more

    def starts_on(self, spec: Spec) -> date:
        """Turn a spec's start into the first day of a month."""
        opened_on, today = self.book.calendar.starts_on, self.book.today
        if spec.start < 0:
            return add_months(opened_on, int(spec.start))
        months = (today.year - opened_on.year) * 12 + today.month - opened_on.month
        return add_months(opened_on, int(spec.start * months))

    def card(self, spec: Spec, values: dict[str, Any] | None = None) -> Asset:
        """Make a card with its plan."""
        book, starts_on = self.book, self.starts_on(spec)
        method = self.methods.get(spec.method or GROUP_NAMES[spec.group][1] or "")
        cost = spec.cost * 100
        amounts = plan(method, cost, spec.residual * 100, book.calendar.periods_per_year) if method else []
        row = self._insert_card(spec, starts_on, cost, values or {})
        if spec.kind == "future":  # bought, but depreciation starts later
            starts_on = row["StartDate"] = add_months(book.today.replace(day=1), 3)
        asset = Asset(row, spec.group, cost, amounts, self.index_of(starts_on), spec)
        if spec.kind == "unvalidated":
            asset.stop = 0
        self.assets.append(asset)
        return asset

    def index_of(self, day: date) -> int:
        """Count fiscal periods from the first of the books: below zero before them, past the last after them."""
        calendar = self.book.calendar
        if day > calendar.periods[-1].ends_on:
            return len(calendar.periods)
        if day >= calendar.starts_on:
            return calendar.index(calendar.at(day))
        months = (calendar.starts_on.year - day.year) * 12 + calendar.starts_on.month - day.month
        return -(months // calendar.months_per_period)

    def _insert_card(self, spec: Spec, starts_on: date, cost: int, values: dict[str, Any]) -> Row:
        book = self.book
        group, number = self.group_rows[spec.group], len(self.assets) + 1
        method = self.method_rows.get(spec.method or "")
        expense = self.account(spec.group, "expense")
        invested_on = min(starts_on, book.today)
        center = book.axes.center_of(expense)
        return book.store.insert(ASSETS, max(invested_on, book.calendar.starts_on), {
            "Code": f"A{number:04d}", "Description": spec.text, "AssetGroup": group["ID"],
            "AssetGroupCode": group["Code"],
            "AssetGroupDescription": group["Description"], "InvestmentAmountDC": money(cost),
            "InvestmentAmountFC": money(cost), "InvestmentCurrency": book.profile.currency,
            "InvestmentDate": invested_on,
            "StartDate": None if spec.kind == "unvalidated" else starts_on, "ResidualValue": money(spec.residual * 100),
            "Status": NOT_VALIDATED if spec.kind == "unvalidated" else ACTIVE, "AlreadyDepreciated": 0,
            "PrimaryMethod": method["ID"] if method else None, "PrimaryMethodCode": method["Code"] if method else None,
            "PrimaryMethodDescription": method["Description"] if method else None, "Costcenter": center,
            "CostcenterDescription": book.axes.names.get(center or ""), "Costunit": "" if number % 5 == 0 else None,
            "Type": "1" if spec.kind == "building" else "0", "Notes": "", "CatalogueValue": None, "EngineType": 0,
        } | values)  # fmt: skip

    def _insert_method(self, method: Method) -> Row:
        return self.book.store.insert(METHODS, self.book.calendar.starts_on, {
            "Code": method.code, "Description": method.name, "Type": method.type,
            "TypeDescription": TYPE_NAMES[method.type],
            "DepreciationInterval": "Y" if method.years else "P", "Periods": method.periods, "Years": method.years,
            "Percentage": method.percentage, "Percentage2": method.percentage_linear,
            "MaxPercentage": method.percentage_max,
            "Amount": money(method.amount) if method.amount else (Decimal(0) if method.type == LINEAR else None),
        })  # fmt: skip

    def _insert_group(self, prefix: str) -> Row:
        name, code = GROUP_NAMES[prefix]
        method = self.method_rows.get(code or "")
        values: dict[str, Any] = {"Code": prefix.upper(), "Description": name, "Notes": None}
        if method:
            values |= {"DepreciationMethod": method["ID"], "DepreciationMethodCode": method["Code"],
                       "DepreciationMethodDescription": method["Description"]}  # fmt: skip
        parts = {
            "cost": "Assets",
            "accumulated": "DepreciationBS",
            "expense": "DepreciationPL",
            "revaluation": "RevaluationBS",
        }
        for part, field in parts.items():
            account = self.account(prefix, part)
            values |= {f"GLAccount{field}": account.id, f"GLAccount{field}Code": account.code,
                       f"GLAccount{field}Description": account.name}  # fmt: skip
        return self.book.store.insert(GROUPS, self.book.calendar.starts_on, values)

    def insert_building_value(self, asset: Asset, minimum: int) -> None:
        """Write the official values of a building; its plan stops at the minimum."""
        asset.plan = until_spent(asset.plan, asset.cost - minimum)
        for number, (start, end, value) in enumerate(
            ((date(2015, 1, 1), date(2019, 12, 31), minimum - 5_000_000), (date(2020, 1, 1), None, minimum)), 1
        ):
            self.book.store.insert(BUILDING_VALUES, self.book.calendar.starts_on, {
                "Asset": asset.row["ID"], "LineNumber": number, "StartDate": start, "EndDate": end,
                "PropertyValueOption": 1,
                "PropertyValue": money(minimum * 2), "MinimumValue": money(value)})  # fmt: skip
