"""### Watch

Looks every ten minutes for what people should know: a login that must be made again or was idle for 20 days, imports
that failed, data older than promised, figures that differ from Exact's own, amounts on accounts without a reporting
line. One message per kind of cause, not one per task; one more when it is over. `exact_ops.alerts` holds them all.

**Where to** the environment variable `EXACT_ONLINE_ALERTS`: `http:CONNECTION`, `slack:CONNECTION`,
`smtp:CONNECTION:ADDRESS`, several separated by commas. Without it the messages stand in this task's log only.

**If it is red** a message could not be sent: the log says why. It is sent again at the next look.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG, CronTriggerTimetable

from exact_online.operators import WatchOperator

with DAG(
    dag_id="exact_online_watch",
    dag_display_name="Exact Online watch",
    description="tells people what is wrong",
    doc_md=__doc__,
    schedule=CronTriggerTimetable("*/10 * * * *", timezone="Europe/Amsterdam"),
    catchup=False,
    is_paused_upon_creation=False,
    max_active_runs=1,
    tags=["exact-online"],
    default_args={"owner": "exact-online", "retries": 2, "retry_delay": timedelta(minutes=1)},
):
    WatchOperator(task_id="tell")
