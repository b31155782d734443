"""### Upkeep

Refreshes every Exact Online grant once a day, so that Exact does not forget one whose administrations are paused
(it does after 30 days without use), and removes old rows of the journals.

**If it is red** a grant could not be refreshed: the log names the integration, what Exact said and, from day 20 on, how
many days are left. Connect it again (README, step 4); the imports then go on from where they were.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG, CronTriggerTimetable

from exact_online.notifiers import on_failure
from exact_online.operators import UpkeepOperator

with DAG(
    dag_id="exact_online_upkeep",
    dag_display_name="Exact Online upkeep",
    description="keeps idle grants alive",
    doc_md=__doc__,
    schedule=CronTriggerTimetable("40 4 * * *", timezone="Europe/Amsterdam"),
    catchup=False,
    is_paused_upon_creation=False,
    max_active_runs=1,
    on_failure_callback=on_failure(),
    tags=["exact-online"],
    default_args={"owner": "exact-online", "retries": 3, "retry_delay": timedelta(minutes=10)},
):
    UpkeepOperator(task_id="keep_alive")
