"""Ledger accounts: read a chart file, hand out accounts by code and by the role they play in postings.

Writes the rows of sync/Financial/GLAccounts. Classification is in `classifications.py`.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from sandbox.books.profile import Profile
from sandbox.books.store import Store

GL_ACCOUNTS = "sync/Financial/GLAccounts"
TEMPLATE_MODIFIED = datetime.fromisoformat("2018-09-21T04:18:55.617")  # Exact's rows carry local wall time
FIRST_RESULT_TYPE = 110  # account types below are balance sheet, from here profit and loss
DEBIT_TYPES = {10, 12, 14, 16, 20, 26, 30, 32, 40, 111, 120, 121, 122, 123, 125, 126, 130, 150}
TYPE_NAMES = {
    10: "Kas", 12: "Bank", 14: "Creditcard", 16: "Betaaldienst", 20: "Debiteuren", 21: "Vooruitbetaling debiteuren",
    22: "Crediteuren", 24: "BTW", 25: "Te betalen personeel", 26: "Vooruitbetaalde kosten", 27: "Nog te betalen kosten",
    29: "Te betalen winstbelasting", 30: "Vaste activa", 32: "Overige activa", 35: "Cumulatieve afschrijvingen",
    40: "Voorraad", 50: "Kapitaal", 52: "Reserves", 55: "Langlopende schulden", 60: "Kortlopend deel schulden",
    90: "Algemeen", 100: "Te betalen belastingen", 110: "Omzet", 111: "Kostprijs van de omzet", 120: "Overige kosten",
    121: "Verkoop- en algemene kosten", 122: "Afschrijvingskosten", 123: "Onderzoek en ontwikkeling",
    125: "Personeelskosten", 126: "Sociale lasten", 130: "Buitengewone lasten", 140: "Buitengewone baten",
    150: "Winstbelasting", 160: "Rentebaten", 300: "Afsluiting",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Account:
    """One ledger account."""

    id: str
    code: str
    name: str
    type: int
    rgs: str
    role: str

    @property
    def balance_type(self) -> str:
        """B for the balance sheet, W for profit and loss (the letters Exact uses)."""
        return "W" if self.type >= FIRST_RESULT_TYPE else "B"

    @property
    def balance_side(self) -> str:
        """The side on which the account normally stands."""
        return "D" if self.type in DEBIT_TYPES else "C"


class Chart:
    """The accounts of an administration, in the order of the file."""

    def __init__(self, accounts: list[Account]) -> None:
        self.accounts = accounts
        self.by_id = {account.id: account for account in accounts}
        self.by_code = {account.code: account for account in accounts}
        self._roles: dict[str, list[Account]] = {}
        for account in accounts:
            if account.role:
                self._roles.setdefault(account.role, []).append(account)

    def role(self, name: str) -> Account:
        """Return the one account with a role."""
        return self._roles[name][0]

    def roles(self, name: str) -> list[Account]:
        """Return all accounts with a role."""
        return self._roles[name]


def read_chart(profile: Profile, store: Store) -> Chart:
    """Read the chart file of a profile, names in the administration's language."""
    lines = (Path(__file__).parent / f"{profile.chart}.txt").read_text(encoding="utf-8").splitlines()
    accounts = []
    for line in lines:
        if line.startswith("#") or not line:
            continue
        code, dutch, other, type_, rgs, role = line.split("|")
        name = other if profile.language == "EN" else dutch
        accounts.append(Account(store.guid(), code, name, int(type_), rgs, role))
    return Chart(accounts)


def insert_accounts(chart: Chart, profile: Profile, store: Store, rng: random.Random, opened_on: date) -> None:
    """Write the account rows. Most come from a template and are older than the administration itself."""
    for account in chart.accounts:
        is_result = account.balance_type == "W"
        use = 0 if is_result and (profile.cost_centers or profile.cost_units) else 2
        row = store.insert(GL_ACCOUNTS, opened_on, {
            "ID": account.id, "Code": account.code, "Description": account.name, "Type": account.type,
            "TypeDescription": TYPE_NAMES[account.type], "BalanceType": account.balance_type,
            "BalanceSide": account.balance_side, "SearchCode": account.name[:18].upper().ljust(18),
            "AllowCostsInSales": 0, "Compress": False, "ExcludeVATListing": 0,
            "IsBlocked": account.code.endswith("790"),
            "Matching": account.type in (20, 22), "RevalueCurrency": account.role == "bank_fc",
            "UseCostcenter": use if profile.cost_centers else 2, "UseCostunit": use if profile.cost_units else 2,
            "VATSystem": "0", "VATGLAccountType": rng.choice((None, "", "0")),
            "ReportingCode": rng.choice((account.rgs, account.rgs, "", None)) if account.rgs else None,
            "CustomField": None, "DescriptionTermID": rng.choice((None, 0, rng.randint(100, 9999))),
        })  # fmt: skip
        if rng.random() < 0.8:  # copied from the template: Modified older than Created
            row["Modified"] = TEMPLATE_MODIFIED
