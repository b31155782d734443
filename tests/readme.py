"""What the README's production chapter tells to set, for tests that do as they are told."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def production() -> str:
    """Return the text of the production chapter."""
    return (ROOT / "README.md").read_text("utf-8").partition("\n## Production\n")[2].partition("\n## ")[0]


def settings() -> dict[str, str]:
    """Return {variable: value} of its blocks; `airflow connections add` makes the variable of that connection."""
    lines = [line for block in production().split("```")[1::2] for line in block.splitlines()]
    found = dict(line.split("=", 1) for line in lines if re.match(r"[A-Z_]+=", line))
    for line in lines:
        if line.startswith("airflow connections add "):
            connection_id, option, value = shlex.split(line)[3:]
            assert option == "--conn-json"
            found[f"AIRFLOW_CONN_{connection_id.upper()}"] = value
    return found


def setting(name: str, *replaced: tuple[str, str]) -> str:
    """Return one of them with the names of somebody else's machines replaced, each of which it must hold once."""
    value = settings()[name]
    for before, after in replaced:
        assert value.count(before) == 1
        value = value.replace(before, after)
    return value
