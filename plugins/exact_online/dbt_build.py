"""Run dbt in this process and say per node what became of it. Knows dbt and no Airflow."""

from __future__ import annotations

import json
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


def proof_variables(whole_tables: bool) -> dict[str, str]:
    """Return the environment variable that says whether tests read whole tables or what is unproven of them.

    Where a deployment has set it, they always do.
    """
    name = "EXACT_ONLINE_PROVE_WHOLE_TABLES"
    return {name: "1" if whole_tables else os.environ.get(name, "")}


def target_dir() -> Path:
    """Return where dbt writes what it knows of the project and of its last run."""
    return Path(os.environ.get("EXACT_ONLINE_DBT_TARGET_DIR") or PROJECT_DIR / "target")


def tables_of_last_run() -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Return (tables that were read, tables that were built) of the last run, each as (schema, name).

    What a run built itself is not among what it read.
    """
    manifest = json.loads((target_dir() / "manifest.json").read_text("utf-8"))
    done = json.loads((target_dir() / "run_results.json").read_text("utf-8"))["results"]
    nodes = {**manifest["nodes"], **manifest["sources"]}
    built = {each["unique_id"] for each in done if _is_table(nodes, each["unique_id"]) and each["status"] == "success"}
    read = {parent for id_ in built for parent in nodes[id_]["depends_on"]["nodes"] if _is_table(nodes, parent)} - built

    def named(ids: set[str]) -> list[tuple[str, str]]:
        return sorted((nodes[id_]["schema"], nodes[id_].get("alias") or nodes[id_]["identifier"]) for id_ in ids)

    return named(read), named(built)


def _is_table(nodes: dict[str, Any], id_: str) -> bool:
    return id_ in nodes and id_.split(".", maxsplit=1)[0] in ("model", "source", "seed", "snapshot")


def build(selector: str, variables: dict[str, str], log: Any) -> tuple[dict[str, int], list[str]]:
    """Run `dbt build --selector` and return (nodes per status, one line per failed node).

    Raises RuntimeError where dbt could not run at all, e.g. for a project that does not parse.
    """
    from dbt.cli.main import dbtRunner

    os.environ.update(variables)
    target = str(target_dir())
    where = ["--project-dir", str(PROJECT_DIR), "--profiles-dir", str(PROJECT_DIR)]
    # dbt makes the folder of its log even where it writes none.
    where += ["--target-path", target, "--log-path", str(Path(target) / "logs")]
    # Options come behind the command: dbt checks the default of a folder it is given in any other way.
    # Its own logs off: we say what became of each node, and dbt searches each line it writes, also those it then
    # drops, for each variable of the environment.
    flags = ["--no-version-check", "--no-use-colors", "--quiet", "--log-level", "none", "--log-level-file", "none"]
    # Unit tests prove the code, not the data: they run where the code is tested.
    what = ["--selector", selector, "--exclude-resource-type", "unit_test"]

    def tell(event: Any) -> None:
        """Pass on what a model warns of itself, e.g. of accounts that no rule maps."""
        if event.info.name == "JinjaLogWarning":
            log.warning("%s", event.info.msg)

    result = dbtRunner(callbacks=[tell]).invoke([*flags, "build", *what, *where])
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
