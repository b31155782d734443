"""Run dbt in this process and say per node what became of it. Knows dbt and no Airflow."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

PROJECT_DIR = Path(os.environ.get("EXACT_ONLINE_DBT_DIR") or Path(__file__).resolve().parents[2] / "dbt")


def profile_variables(connection: Any) -> dict[str, str]:
    """Return the environment variables dbt's profile reads, from an Airflow connection object."""
    return {
        "WAREHOUSE_HOST": connection.host or "localhost",
        "WAREHOUSE_PORT": str(connection.port or 5432),
        "WAREHOUSE_USER": connection.login or "",
        "WAREHOUSE_PASSWORD": connection.password or "",
        "WAREHOUSE_DATABASE": connection.schema or "",
    }


def build(selector: str, variables: dict[str, str], log: Any) -> tuple[dict[str, int], list[str]]:
    """Run `dbt build --selector` and return (nodes per status, one line per failed node).

    Raises RuntimeError where dbt could not run at all, e.g. for a project that does not parse.
    """
    from dbt.cli.main import dbtRunner

    os.environ.update(variables)
    target = os.environ.get("EXACT_ONLINE_DBT_TARGET_DIR") or str(PROJECT_DIR / "target")
    where = ["--project-dir", str(PROJECT_DIR), "--profiles-dir", str(PROJECT_DIR)]
    where += ["--target-path", target, "--log-path", str(Path(target) / "logs")]
    # Options come behind the command: dbt checks the default of a folder it is given in any other way.
    flags = ["--no-version-check", "--no-use-colors", "--quiet"]
    # Unit tests prove the code, not the data: they run where the code is tested.
    what = ["--selector", selector, "--exclude-resource-type", "unit_test"]
    result = dbtRunner().invoke([*flags, "build", *what, *where])
    if result.exception is not None:
        raise RuntimeError(f"dbt {selector} could not run: {result.exception}") from result.exception
    nodes: Any = result.result
    counts: dict[str, int] = {}
    failures: list[str] = []
    for node in nodes:
        status = str(node.status)
        counts[status] = counts.get(status, 0) + 1
        log.info("%-8s %6.2f s  %s", status, node.execution_time, node.node.unique_id)
        if status in ("warn", "error", "fail"):
            log.warning("%s: %s", node.node.unique_id, node.message)
        if status in ("error", "fail"):
            failures.append(f"{node.node.name}: {' '.join(str(node.message).split())[:200]}")
    return counts, failures
