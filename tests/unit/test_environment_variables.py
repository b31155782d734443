"""`.env.example` lists every environment variable the project reads, and no other."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PATTERNS = (
    r"environ(?:\.get\(|\[)\s*[\"']([A-Z][A-Z_]*)[\"']",
    r"env_var\('([A-Z_]+)'",
    r"\$\{?([A-Z][A-Z_]{3,})(?:[:?}\-]|$)",
    r"[\"'](EXACT_ONLINE_[A-Z_]+|AIRFLOW_CONN_[A-Z]+|AIRFLOW__CORE__FERNET_KEY)[\"']",
    r"[\"']([A-Z]+_PORT)[\"']",
)
FILES = (
    *(ROOT / "plugins").rglob("*.py"),
    *(ROOT / "stack").glob("*.py"),
    *(ROOT / "dags").glob("*.py"),
    ROOT / "dbt" / "profiles.yml",
    *(ROOT / "dbt" / "macros").glob("*.sql"),
    ROOT / "docker-compose.yml",
    ROOT / "bin" / "bootstrap",
    ROOT / "bin" / "container",
    ROOT / "tests" / "conftest.py",
)
#: Names that are Airflow's, the shell's or our own file's, not settings of ours.
NOT_OURS = {"MAKEFILE_LIST", "VIRTUAL_ENV", "HOME", "PATH"}


def test_every_variable_the_code_reads_is_listed_and_every_listed_one_is_read():
    read = {name for path in FILES for pattern in PATTERNS for name in re.findall(pattern, path.read_text("utf-8"))}
    listed = set(re.findall(r"^([A-Z_]+)=$", (ROOT / ".env.example").read_text("utf-8"), re.MULTILINE))
    assert read - NOT_OURS - listed == set(), "read but not listed"
    assert listed - read == set(), "listed but never read"
