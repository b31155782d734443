"""The breaks: which rule, what in which file is changed into what, and the tests that then must go red."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Break:
    """One rule and the smallest change that breaks it.

    Attributes:
        rule: what holds, as a sentence.
        file: the path from the project's root.
        before: a text that stands in the file exactly once.
        after: what takes its place.
        tests: test files, or single tests as pytest names them; at least one of them must go red.
    """

    rule: str
    file: str
    before: str
    after: str
    tests: list[str]


def read() -> list[Break]:
    """Return all breaks of the TOML files beside this module, in the order of their names."""
    files = sorted(Path(__file__).parent.glob("*.toml"))
    return [Break(**each) for path in files for each in tomllib.loads(path.read_text("utf-8"))["break"]]
