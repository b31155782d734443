"""### Marts

Turns raw Exact Online data into the schemas `staging`, `intermediate` and `marts` with dbt, and tests them.

**When** any administration's DAG announced new raw data, whether or not all of it succeeded.

**Tasks** one per part of the dbt project, in the order of their dependencies; the log names every model and test with
its result.

**If it is red** a structural test failed (a duplicate key, a broken contract) or a model has an error: the log names
it. Figures that differ from Exact do not turn this red; they are rows of `marts.rpt_reconciliation`. Clearing is safe.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG, chain

from exact_online.operators import RAW_ASSET, DbtBuildOperator

PARTS = ("staging", "dimensions", "general_ledger", "outstanding_items", "fixed_assets", "proof")

with DAG(
    dag_id="exact_online_marts",
    dag_display_name="Exact Online marts",
    description="dbt: staging, marts and their tests",
    doc_md=__doc__,
    schedule=[RAW_ASSET],
    catchup=False,
    is_paused_upon_creation=False,
    max_active_runs=1,
    tags=["exact-online", "dbt"],
    default_args={"owner": "exact-online", "retries": 1, "retry_delay": timedelta(seconds=30)},
):
    chain(*(DbtBuildOperator(task_id=part, selector=part) for part in PARTS))
