"""The books of a local Exact Online: administrations, the same for the same seed, size and day.

`build_books` is the only way in. Nothing here speaks HTTP, reads a clock, or knows the pipeline that will read
the books.
"""

from __future__ import annotations

from datetime import date

from sandbox.books.administration import Administration, build
from sandbox.books.profile import profiles_of

__all__ = ["Administration", "build_books"]


def build_books(seed: int, size: str, today: date) -> list[Administration]:
    """Build all administrations; `size` is `small` (tests), `default`, or `many`: a huge one among many small."""
    return [build(profile, seed, size, today) for profile in profiles_of(size)]
