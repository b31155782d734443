"""Classification schemes: the base scheme for every country and two RGS versions for Dutch charts.

Belgian books have the base scheme only: the account number itself is their classification.
"""

from __future__ import annotations

import random
from datetime import date
from pathlib import Path

from sandbox.books.charts.accounts import Account, Chart
from sandbox.books.profile import Profile
from sandbox.books.rows import Row
from sandbox.books.store import Store

SCHEMES = "financial/GLSchemes"
CLASSIFICATIONS = "sync/Financial/GLClassifications"
MAPPINGS = "financial/GLAccountClassificationMappings"
RGS_VERSIONS = ("3.3", "3.5")
BASE_NODES = (
    ("ACT", "Activa", "debit", "instant"), ("PAS", "Passiva", "credit", "instant"),
    ("OPB", "Opbrengsten", "credit", "duration"), ("KST", "Kosten", "debit", "duration"),
)  # fmt: skip
MAPPED_SHARE = {"3.3": 0.33, "3.5": 0.85}  # of the accounts a version knows, this share is mapped
BASE_SHARE = 12  # one account in that many is mapped in the base scheme


def insert_classifications(chart: Chart, profile: Profile, store: Store, rng: random.Random, opened_on: date) -> None:
    """Write schemes, nodes and mappings."""
    base = _scheme(store, opened_on, "1", "Grootboekrekeningschema", True)
    nodes = {code: _node(store, opened_on, base, (code, name), balance=balance, period=period)
             for code, name, balance, period in BASE_NODES}  # fmt: skip
    for position, account in enumerate(chart.accounts):
        if position % BASE_SHARE == 0 and account.role != "deleted_account":
            _map(store, opened_on, base, nodes[_base_code(account)], account)
    if profile.chart != "nl":
        return
    for version in RGS_VERSIONS:
        scheme = _scheme(store, opened_on, f"RGS{version}", f"RGS {version}", False)
        tree = _insert_rgs(store, opened_on, scheme, version)
        for account in chart.accounts:
            if account.rgs in tree and rng.random() < MAPPED_SHARE[version]:
                _map(store, opened_on, scheme, tree[account.rgs], account)


def read_rgs() -> list[tuple[str, str, str, str]]:
    """Read the carried part of the reference chart: code, side, first version, name."""
    nodes = []
    for line in (Path(__file__).parent / "rgs.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            code, side, introduced_in, name = line.split("|")
            nodes.append((code, side, introduced_in, name))
    return nodes


def _base_code(account: Account) -> str:
    names = {("B", "D"): "ACT", ("B", "C"): "PAS", ("W", "C"): "OPB", ("W", "D"): "KST"}
    return names[account.balance_type, account.balance_side]


def _insert_rgs(store: Store, day: date, scheme: Row, version: str) -> dict[str, Row]:
    tree: dict[str, Row] = {}
    for code, side, introduced_in, name in read_rgs():
        if introduced_in > version:
            continue
        parent = next((tree[code[:size]] for size in (10, 7, 4, 1) if size < len(code) and code[:size] in tree), None)
        balance = {"D": "debit", "C": "credit"}.get(side)
        period = "instant" if code[0] == "B" else "duration"
        tree[code] = _node(store, day, scheme, (code, name), balance=balance, period=period, parent=parent)
    return tree


def _scheme(store: Store, day: date, code: str, name: str, main: bool) -> Row:
    values = {"Code": code, "Description": name, "Main": int(main), "TargetNamespace": "" if main else None}
    return store.insert(SCHEMES, day, values)


def _node(
    store: Store,
    day: date,
    scheme: Row,
    named: tuple[str, str],
    *,
    balance: str | None,
    period: str,
    parent: Row | None = None,
) -> Row:
    code, name = named
    is_general = scheme["Code"] != "1"
    return store.insert(CLASSIFICATIONS, day, {
        "Code": code, "Name": code, "Description": name, "Abstract": len(code) < 10 and is_general,
        "Balance": balance, "PeriodType": period, "Nillable": True, "SubstitutionGroup": "xbrli:item",
        "Parent": parent["ID"] if parent else None, "TaxonomyNamespace": scheme["ID"],
        "TaxonomyNamespaceDescription": scheme["Description"], "Division": None if is_general else store.division,
    })  # fmt: skip


def _map(store: Store, day: date, scheme: Row, node: Row, account: Account) -> None:
    store.insert(MAPPINGS, day, {
        "Classification": node["ID"], "ClassificationCode": node["Code"],
        "ClassificationDescription": node["Description"],
        "GLAccount": account.id, "GLAccountCode": account.code, "GLAccountDescription": account.name,
        "GLSchemeID": scheme["ID"], "GLSchemeCode": scheme["Code"], "GLSchemeDescription": scheme["Description"],
    })  # fmt: skip
