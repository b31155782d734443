"""Scenario of orchestration: what importing the DAG file costs with 500 administrations, and what a task's start costs.

Each is a process of its own with a real registry. Airflow's own import is not counted, its serialisation apart.
Run: `python -m bench.parsing` with the environment of a dag-processor; prints JSON.
"""

from __future__ import annotations

import json
import os
import runpy
import sys
import tempfile
import time
from contextlib import closing
from unittest import mock

import psycopg

from bench import measure
from bench.measure import Measured, peak_of
from bench.paths import ROOT
from bench.warehouse import Server, airflow_connection

ADMINISTRATIONS = 500
_DAG_FILE = ROOT / "dags" / "exact_online_administrations.py"
_REGISTER = (
    "insert into exact_ops.administrations (environment, division_code, name, currency_code, country_code, "
    "is_connected) select 'nl', 2000000 + n, 'Administration ' || n, 'EUR', 'NL', true from generate_series(1, %s) as n"
)


def parse(server: Server, administrations: int = ADMINISTRATIONS) -> dict[str, Measured]:
    """Measure a parse of all administrations, and the parse at the start of one task."""
    with server.database() as conninfo, tempfile.TemporaryDirectory() as home:
        with closing(psycopg.connect(conninfo, autocommit=True)) as connection:
            connection.execute(_REGISTER, (administrations,))
        environment = {
            **{"AIRFLOW_HOME": home, "AIRFLOW__CORE__LOAD_EXAMPLES": "False"},
            **{"AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags")},
            **{"AIRFLOW_CONN_WAREHOUSE": airflow_connection(conninfo)},
        }
        everything = measure.python("bench.parsing", **environment)
        one = {"_AIRFLOW_PARSING_CONTEXT_DAG_ID": "exact_online_nl_2000001"}
        return {"dag_processor": everything, "task": measure.python("bench.parsing", **environment, **one)}


def measured_here() -> dict:
    """Import what Airflow and the DAG file need, then time the file itself, once."""
    from airflow.sdk import DAG

    import exact_online.operators  # noqa: F401 - paid once per process, not per parse

    before = peak_of()
    started, connects = time.process_time(), []
    connect = psycopg.connect
    with mock.patch.object(psycopg, "connect", lambda *a, **k: (connects.append(1), connect(*a, **k))[1]):
        wall = time.monotonic()
        found = runpy.run_path(str(_DAG_FILE))
        wall = time.monotonic() - wall
    spent = time.process_time() - started
    dags = [each for each in found.values() if isinstance(each, DAG)]
    started = time.process_time()
    for dag in dags:
        _serialised(dag)
    return {
        **{"seconds": spent, "wall_seconds": wall, "dags": len(dags), "connects": len(connects)},
        **{"serialise_seconds": time.process_time() - started, "grown_mb": peak_of() - before},
        **{"peak_mb": peak_of()},
    }


def _serialised(dag: object) -> None:
    from airflow.serialization.serialized_objects import DagSerialization

    DagSerialization.to_dict(dag)


if __name__ == "__main__":
    os.environ.setdefault("PYTHONWARNINGS", "ignore")
    sys.stdout.write(json.dumps(measured_here()) + "\n")
