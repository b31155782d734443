"""Runs dbt on our project in a process of its own, as the tests need it. Knows no expectations."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PROJECT_DIR = ROOT / "dbt"
NO_WAREHOUSE = {
    "WAREHOUSE_HOST": "127.0.0.1",
    "WAREHOUSE_PORT": "1",
    "WAREHOUSE_USER": "nobody",
    "WAREHOUSE_PASSWORD": "none",
    "WAREHOUSE_DATABASE": "none",
}


def run_dbt(arguments: list[str], target: Path, variables: dict[str, str] | None = None) -> str:
    """Run dbt and return what it printed; a failure of dbt fails the test with its output."""
    return _run("from dbt.cli.main import cli; cli()", ["--no-version-check", *arguments], target, variables)


def list_nodes(selections: list[list[str]], kinds: list[str], target: Path) -> list[list[str]]:
    """Return the ids of the nodes each selection holds; one process, because starting dbt is what takes the time."""
    program = """
import json, sys
from dbt.cli.main import dbtRunner
selections, kinds = json.loads(sys.argv[1])
options = ["--quiet", "ls", "--output", "json", "--output-keys", "unique_id"]
for selection in selections:
    result = dbtRunner().invoke([*options, *(f"--resource-type={kind}" for kind in kinds), *selection])
    if result.exception:
        raise result.exception
    print("listed:", json.dumps([json.loads(line)["unique_id"] for line in result.result]))
"""
    output = _run(program, [json.dumps([selections, kinds])], target, None)
    return [json.loads(line.removeprefix("listed:")) for line in output.splitlines() if line.startswith("listed:")]


def _run(program: str, arguments: list[str], target: Path, variables: dict[str, str] | None) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("DBT_", "WAREHOUSE_"))}
    environment |= {
        **(variables or NO_WAREHOUSE),
        "DBT_PROJECT_DIR": str(PROJECT_DIR),
        "DBT_PROFILES_DIR": str(PROJECT_DIR),
        "DBT_TARGET_PATH": str(target),
        "DBT_LOG_PATH": str(target / "logs"),
        "DBT_LOG_LEVEL_FILE": "error",
    }
    command = [sys.executable, "-c", program, *arguments]
    done = subprocess.run(command, env=environment, cwd=PROJECT_DIR, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    return done.stdout


def artifact(target: Path, name: str) -> dict[str, Any]:
    """Read manifest.json or run_results.json."""
    return json.loads((target / name).read_text(encoding="utf-8"))
