"""Texts as people type them: quotes, accents, emoji, angle brackets, line breaks, long and empty ones.

They exist to break careless quoting, escaping and encoding downstream.
"""

from __future__ import annotations

import random

COMPANIES = (
    "Jansen & Zonen B.V.", "De Vries \"Logistiek\" B.V.", "O'Brien Trading Ltd", "Müller GmbH & Co. KG", "Café René",
    "Škoda Dílna s.r.o.", "Łódź Handel Sp. z o.o.", "株式会社さくら", "Smit <Installaties>", "Ünal Groothandel",
    "Ørsted Køkken A/S", "Ελληνικά Τρόφιμα ΑΕ", "Bakker; Bouw, Hout", "Van 't Hof Advies", "Père & Fils SA",
    "Zorg 🌷 Samen", "100% Schoon B.V.", "Fijn\\Werk", "AB InterCompany", "Đorđe Import d.o.o.",
)  # fmt: skip
PLACES = ("Delft", "'s-Hertogenbosch", "Gent", "Liège", "München", "Łódź", "København", "Chicago", "Sint-Niklaas")
REMARKS = (
    "Levering week {n}", "Order {n}", "Abonnement maand {n}", "Conform offerte \"Q-{n}\"", "Meerwerk (2e termijn) {n}",
    "Réparation n° {n}", "O'Neill's order {n}", "Consultancy <fase {n}>", "Bedankt! 🎉 {n}", "Café & thee {n}",
    "ﬁnale levering {n}", "Zeer lange omschrijving, " + "met toelichting, " * 6 + "{n}",
)  # fmt: skip
NOTES = (None, None, None, None, None, "", "", "Let op: <b>spoed</b>", "regel 1\r\nregel 2", "ok 👍")


def remark(rng: random.Random) -> str:
    """Write a description of a line."""
    text = REMARKS[0] if rng.random() < 0.6 else rng.choice(REMARKS)
    return text.format(n=rng.randint(1, 9999))


def company(rng: random.Random, number: int) -> str:
    """Write a company name, unique by number."""
    return COMPANIES[number] if number < len(COMPANIES) else f"{rng.choice(COMPANIES)} {number}"
