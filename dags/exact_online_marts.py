"""### Marts

Turns raw Exact Online data into the schemas `staging`, `intermediate` and `marts` with dbt, and tests them.

**When** any administration's DAG announced new raw data, whether or not all of it succeeded. A run whose news an
earlier one has built already is skipped; a run started by hand always builds.

**Tasks** `staging` types the raw data, `marts` builds facts, dimensions and reports, `proof` compares them with Exact's
own figures. The log names every model and test with its result. `announce_again` wakes the next run where something was
loaded meanwhile, and is skipped otherwise.

**If it is red** a structural test failed (a duplicate key, a broken contract) or a model has an error: the log names
it. Figures that differ from Exact do not turn this red; they are rows of `marts.rpt_reconciliation`. Clearing is safe.
"""

from __future__ import annotations

import os
from datetime import timedelta

from airflow.sdk import DAG, chain

from exact_online.notifiers import on_failure
from exact_online.operators import RAW_ASSET, AnnounceAgainOperator, DbtBuildOperator

#: Another login than the imports', where the warehouse has one for dbt.
CONNECTION = os.environ.get("EXACT_ONLINE_DBT_CONNECTION") or "warehouse"

with DAG(
    dag_id="exact_online_marts",
    dag_display_name="Exact Online marts",
    description="dbt: staging, marts and their tests",
    doc_md=__doc__,
    schedule=[RAW_ASSET],
    catchup=False,
    is_paused_upon_creation=False,
    max_active_runs=1,
    on_failure_callback=on_failure(),
    tags=["exact-online", "dbt"],
    default_args={"owner": "exact-online", "retries": 1, "retry_delay": timedelta(seconds=30)},
):
    chain(
        DbtBuildOperator(task_id="staging", selector="staging", is_first=True, warehouse_conn_id=CONNECTION),
        DbtBuildOperator(task_id="marts", selector="marts", warehouse_conn_id=CONNECTION),
        DbtBuildOperator(task_id="proof", selector="proof", is_last=True, warehouse_conn_id=CONNECTION),
        AnnounceAgainOperator(task_id="announce_again"),
    )
