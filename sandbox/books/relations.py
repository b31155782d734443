"""Customers and suppliers: who they are, how they pay, and their rows in sync/CRM/Accounts."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta

from sandbox.books.profile import Profile, Volume
from sandbox.books.rows import ZERO_GUID
from sandbox.books.store import Store
from sandbox.books.texts import PLACES, company

RELATIONS = "sync/CRM/Accounts"
CONDITIONS = ("30", "30", "14", "10D", "30", "DD")


@dataclass(frozen=True, slots=True)
class Relation:
    """One customer or supplier."""

    id: str
    code: str  # padded to 18 with leading blanks, as Exact sends it
    name: str
    country: str
    currency: str
    condition: str
    days_late: int
    pays_in_parts: bool
    region: str  # home | eu | world: decides VAT


def _currency(profile: Profile, number: int) -> str:
    if number % 6 == 4:
        return profile.bank_currency
    return profile.other_currency if number % 17 == 5 else profile.currency


def make_relations(
    profile: Profile, volume: Volume, store: Store, rng: random.Random, opened_on: date, *, kind: str
) -> list[Relation]:
    """Make the customers or the suppliers with their rows."""
    relations = []
    count = volume.customers if kind == "customer" else volume.suppliers
    for number in range(count):
        currency = _currency(profile, number)
        region = "world" if currency != profile.currency else ("eu" if number % 7 == 2 else "home")
        country = {"home": profile.country, "eu": "DE", "world": "GB" if number % 2 else "US"}[region]
        offset = 100 if kind == "customer" else 70000
        relation = Relation(
            store.guid(), str(offset + number).rjust(18), company(rng, number if kind == "customer" else number + 9),
            country, currency, CONDITIONS[number % 6] if kind == "customer" else CONDITIONS[number % 3],
            rng.choice((-3, 0, 2, 5, 9, 20)), number % 8 == 3, region,
        )  # fmt: skip
        relations.append(relation)
        insert_relation(relation, store, rng, opened_on + timedelta(days=number), kind)
    return relations


def insert_relation(relation: Relation, store: Store, rng: random.Random, day: date, kind: str) -> None:
    """Write the row of a relation."""
    is_customer = kind == "customer"
    store.insert(RELATIONS, day, {
        "ID": relation.id, "Code": relation.code, "Name": relation.name, "Country": relation.country.ljust(3),
        "City": rng.choice(PLACES), "AddressLine1": f"Straat {rng.randint(1, 300)}",
        "AddressLine2": rng.choice((None, "")),
        "Postcode": "1234 AB", "Email": rng.choice((None, "", "info@example.com")),
        "Status": "C" if is_customer else "A",
        "Type": "A", "IsSupplier": not is_customer, "IsSales": is_customer, "IsReseller": False, "Blocked": False,
        "PaymentConditionSales": relation.condition if is_customer else None,
        "PaymentConditionPurchase": None if is_customer else relation.condition,
        "SalesCurrency": relation.currency, "PurchaseCurrency": relation.currency, "Language": "NL",
        "SearchCode": relation.name[:18].upper().ljust(18), "StartDate": day, "Parent": rng.choice((None, ZERO_GUID)),
        "CreditLineSales": rng.choice((None, rng.randint(1, 50) * 1000)),
        "VATNumber": rng.choice(("", None, "NL000099998B57")),
        "ChamberOfCommerce": "", "Remarks": rng.choice((None, "", "Bel eerst \"Ömer\"")), "IsMailing": 0, "Source": 1,
    })  # fmt: skip
