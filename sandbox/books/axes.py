"""Analytical axes: cost centres, cost units, projects with a work breakdown, and who uses which.

Every account has one usual cost centre, so that Exact's balances stay few. Lines carry codes for centres and units,
GUIDs for projects. An administration without an axis answers with empty tables and its lines carry nothing.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sandbox.books.charts.accounts import Account
from sandbox.books.profile import Profile
from sandbox.books.rows import ZERO_GUID, Row
from sandbox.books.store import Store

COST_CENTERS = "hrm/Costcenters"
COST_UNITS = "hrm/Costunits"
PROJECTS = "sync/Project/Projects"
WBS = "sync/Project/ProjectWBS"
CENTERS = (
    ("ALG", "Algemeen"), ("VK", "Verkoop binnendienst"), ("PROD", "Productie"), ("001", "Directie & staf"),
    ("MKT-É", "Marketing é <nieuw>"), ("OUD", "Opgeheven vestiging"), ("LEEG", "Nooit gebruikt"),
)  # fmt: skip
UNITS = (("P-100", "Productlijn 100"), ("P-200", 'Productlijn "200"'), ("DIENST", "Dienstverlening"), ("LEEG", ""))
RECODED = ("VK", "SALES")  # the centre got a new code; its lines follow one by one
COST_OF_SALES = 111  # account type
GONE = "WEG"  # on lines of the first year, deleted from the dimension before anybody looked


@dataclass(frozen=True, slots=True)
class Project:
    """A project and its first work breakdown element."""

    id: str
    code: str
    name: str
    wbs_id: str | None
    wbs_name: str | None


class Axes:
    """Chooses the axis values of a line."""

    def __init__(self, profile: Profile, store: Store, seed: int, opened_on: date) -> None:
        self.profile = profile
        self.gone_until = opened_on + timedelta(days=75)
        self.codes = [code for code, _ in CENTERS[:4]]
        self.store = store
        self.rng = random.Random(f"{seed}:{profile.code}:axes")
        self.names = dict(CENTERS) | {GONE: "Verdwenen kostenplaats"}
        self.unit_names = dict(UNITS)
        self.projects: list[Project] = []

    def insert(self, opened_on: date, today: date, customers: list[str]) -> None:
        """Write the dimension rows."""
        ended_on = date(opened_on.year + 1, 6, 30)
        for path, rows, is_used in (
            (COST_CENTERS, CENTERS, self.profile.cost_centers),
            (COST_UNITS, UNITS, self.profile.cost_units),
        ):
            self.store.table(path)
            for code, name in rows if is_used else ():
                values = {"Code": code, "Description": name, "EndDate": ended_on if code in ("OUD", "LEEG") else None}
                self.store.insert(path, opened_on, values | ({"Active": code != "OUD"} if path == COST_CENTERS else {}))
        self.store.table(PROJECTS)
        self.store.table(WBS)
        for number in range(12 if self.profile.projects else 0):
            self._insert_project(number, opened_on, today, customers)

    def _insert_project(self, number: int, opened_on: date, today: date, customers: list[str]) -> None:
        starts_on = opened_on + timedelta(days=60 * number)
        code, name = (
            f"PRJ{2000 + number}",
            f"Project {number} {self.rng.choice(('Ålesund', 'Nieuwbouw', '“Zuid”', 'R&D'))}",
        )
        row = self.store.insert(PROJECTS, min(starts_on, today), {
            "Code": code, "Description": name, "Type": number % 5 + 1, "Account": self.rng.choice(customers),
            "TypeDescription": ("Campagne", "Vaste prijs", "Nacalculatie", "Niet factureerbaar", "Prepaid")[number % 5],
            "StartDate": starts_on, "EndDate": starts_on + timedelta(days=400) if number % 3 else None, "Notes": "",
            "BudgetedAmount": None, "HasWBSLines": number % 2 == 0, "BlockEntry": False, "Manager": ZERO_GUID,
            "Classification": None, "DivisionName": self.profile.name, "IsWBSRequiredForEntry": 0,
        })  # fmt: skip
        wbs: list[Row] = []
        for step, label in enumerate(("Voorbereiding", "Uitvoering")) if number % 2 == 0 else ():
            wbs.append(self.store.insert(WBS, min(starts_on, today), {
                "Project": row["ID"], "ProjectDescription": name, "Description": label, "Type": step + 1,
                "SequenceNumber": step + 1, "StartDate": starts_on, "PartOf": wbs[0]["ID"] if wbs else None,
            }))  # fmt: skip
        project = Project(
            row["ID"], code, name, wbs[-1]["ID"] if wbs else None, wbs[-1]["Description"] if wbs else None
        )
        self.projects.append(project)

    def center_of(self, account: Account) -> str | None:
        """Return the usual cost centre of an account."""
        if not self.profile.cost_centers:
            return None
        return self.codes[sum(map(int, account.code)) % 4]

    def recode(self, old: str, new: str) -> None:
        """Give a centre another code from now on; the caller rewrites what carries the old one."""
        self.codes = [new if code == old else code for code in self.codes]
        self.names[new] = self.names.pop(old)

    def values(self, account: Account, day: date, center: str | None = None) -> dict[str, Any]:
        """Choose the axis fields of a line on an account."""
        values: dict[str, Any] = {}
        if account.balance_type == "W":
            code = center or self.center_of(account)
            if account.type == COST_OF_SALES and day < self.gone_until:
                code = GONE
            if code and self.profile.cost_centers:
                values |= {"CostCenter": code, "CostCenterDescription": self.names.get(code)}
            if self.profile.cost_units and account.type == 110:
                unit = UNITS[int(account.code) // 100 % 3][0]
                values |= {"CostUnit": unit, "CostUnitDescription": self.unit_names[unit]}
            if self.projects and self.rng.random() < 0.3:
                values |= self._project_values()
        if not values:
            draw = self.rng.random()
            if draw < 0.15:  # empty in the other ways Exact writes it
                values = {"CostCenter": "", "CostCenterDescription": ""} if draw < 0.08 else {"Project": ZERO_GUID}
        return values

    def _project_values(self) -> dict[str, Any]:
        project = self.rng.choice(self.projects)
        values: dict[str, Any] = {
            "Project": project.id,
            "ProjectCode": project.code,
            "ProjectDescription": project.name,
        }
        if project.wbs_id and self.rng.random() < 0.5:
            values |= {"ProjectWBS": project.wbs_id, "ProjectWBSDescription": project.wbs_name}
        return values
