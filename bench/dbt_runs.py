"""Runs dbt on our project as a build does, in a process of its own, and says what each node took."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

from bench.measure import Measured, run
from bench.paths import ROOT, WORK
from exact_online.dbt_build import proof_variables

_PROJECT = ROOT / "dbt"
_TARGET = WORK / "dbt-target"

#: Without dbt's own log, as the DAG runs it; what failed is said at the end.
_PROGRAM = """
import sys
from dbt.cli.main import dbtRunner
done = dbtRunner().invoke(sys.argv[1:])
bad = [f"{each.node.name}: {each.message}" for each in done.result or () if each.status in ("error", "fail")]
sys.exit(None if done.success else f"{done.exception or ''} {'; '.join(bad)}")
"""


@dataclass(frozen=True)
class Built:
    """What one build took. `seconds` is the execution; start and parse of dbt are what `measured` took besides."""

    seconds: float
    measured: Measured
    nodes: dict[str, float]

    @property
    def start_seconds(self) -> float:
        """What dbt took before and after its work."""
        return max(self.measured.wall_seconds - self.seconds, 0)


def dbt(conninfo: str, *arguments: str, threads: int = 4, whole_tables: bool = False) -> Built:
    """Run dbt, with tests that read whole tables if asked to. Raises BenchError with its output where a node fails."""
    parts = conninfo_to_dict(conninfo)
    environment = {
        **{"WAREHOUSE_HOST": str(parts["host"]), "WAREHOUSE_PORT": str(parts["port"])},
        **{"WAREHOUSE_USER": str(parts["user"]), "WAREHOUSE_PASSWORD": str(parts["password"])},
        **{"WAREHOUSE_DATABASE": str(parts["dbname"]), "WAREHOUSE_THREADS": str(threads)},
        **{"DBT_PROJECT_DIR": str(_PROJECT), "DBT_PROFILES_DIR": str(_PROJECT), "DBT_TARGET_PATH": str(_TARGET)},
        **proof_variables(whole_tables),
        **{"DBT_LOG_PATH": str(_TARGET / "logs"), "DBT_LOG_LEVEL_FILE": "none", "DBT_LOG_LEVEL": "none"},
    }
    program = [sys.executable, "-c", _PROGRAM, "--no-version-check", "--quiet"]
    measured = run([*program, *arguments], environment)
    results = json.loads((Path(_TARGET) / "run_results.json").read_text("utf-8"))
    nodes = {node["unique_id"]: node["execution_time"] for node in results["results"]}
    return Built(results["elapsed_time"], measured, nodes)
