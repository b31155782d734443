"""One DAG per connected administration, generated from the registry.

Nothing happens here at parse time but one short query; a task's own process builds only its own DAG, and asks nothing
where the last parse of all is recent.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.configuration import conf
from airflow.sdk import DAG, CronTriggerTimetable, Param, ParamsDict, TriggerRule, get_parsing_context

from exact_online.catalogue import CONTROL_TOTALS, DATA_SETS, DELETIONS
from exact_online.dag_source import DagEntry, connected_administrations
from exact_online.nights import night_in_words, nightly_cron
from exact_online.operators import (
    CHECK_TASK,
    AnnounceOperator,
    CheckAdministrationOperator,
    ConcludeOperator,
    ExactOnlineToRawOperator,
    ReconcileOperator,
)

DOC = """\
### {name}

Copies the books of administration **{division_code}** (Exact Online, environment `{environment}`) into the schema
`exact_raw`, as Exact sends them. It only ever reads from Exact.

**When** {night} Amsterdam time, or as chosen under *Exact Online*; at first as soon as the administration is connected,
and on a click.

**Tasks** `check_administration` asks Exact whether the books may be read, and what a first import will cost. Each data
set then loads what is new. `deletions` marks what was deleted in Exact. `control_totals` reads Exact's own figures, and
`reconcile` compares: what differs is read again, then reloaded. `announce` tells the marts, whatever failed before it;
`conclude` turns the run red where something did.

**What it needs** a connected Exact user who may read the general ledger, the chart of accounts and the financial
periods; what else the user may not read, or the licence does not have, is left out with a line in the log.

**If it is red** open the log of the first red task: it names the endpoint, what Exact said and what to do. Clearing
any task is safe: a load goes on where the last good page ended and never counts a row twice. A red `reconcile` alone
means that everything was loaded and some figures differ from Exact's own: its log names them.

**Parameters** *data_sets*: load only these. *full_refresh*: read everything again from the beginning, sweep what is
gone. *from_date*: read again what Exact changed on or after this day.
"""

#: How many tasks of one administration run at once: `AIRFLOW__EXACT_ONLINE__TASKS_PER_ADMINISTRATION`. One task reaches
#: Exact's limit per administration too; more make a short night shorter.
TASKS_AT_ONCE = max(conf.getint("exact_online", "tasks_per_administration", fallback=4), 1)

#: The trigger form. Checked here, once.
PARAMS = ParamsDict(
    {
        "data_sets": Param(
            list(DATA_SETS),
            type="array",
            items={"type": "string", "enum": list(DATA_SETS)},
            examples=list(DATA_SETS),
            title="Data sets",
            description="What to load; control totals and deletions always are.",
        ),
        "full_refresh": Param(
            False,
            type="boolean",
            title="Full refresh",
            description="Read everything again from the beginning. Costs as many calls as a first import.",
        ),
        "from_date": Param(
            None,
            type=["null", "string"],
            format="date",
            title="From date",
            description="Read again what Exact changed on or after this day; empty: only what is new.",
        ),
    }
)
PARAMS.validate()


def build_dag(entry: DagEntry) -> DAG:
    """Return the DAG of one administration."""
    cron = entry.schedule or nightly_cron(entry.dag_id)
    with DAG(
        dag_id=entry.dag_id,
        dag_display_name=f"Exact Online {entry.environment.upper()} {entry.division_code} {entry.name}"[:200],
        description=f"Books of {entry.name} from Exact Online",
        doc_md=DOC.format(**entry._asdict(), night=night_in_words()),
        schedule=CronTriggerTimetable(cron, timezone="Europe/Amsterdam", run_immediately=True),
        catchup=False,
        is_paused_upon_creation=False,
        max_active_runs=1,
        max_active_tasks=TASKS_AT_ONCE,
        tags=["exact-online", "extract", entry.environment],
        default_args={
            "owner": "exact-online",
            # Half a minute, one, two, four: hiccups pass within minutes, and each try goes on where one stopped.
            "retries": 4,
            "retry_delay": timedelta(seconds=30),
            "retry_exponential_backoff": 2,
            "max_retry_delay": timedelta(minutes=15),
        },
    ) as dag:
        _add_tasks(entry.administration_id)
    # After the tasks, and one object for all: Airflow would copy and validate the form once per task and DAG.
    object.__setattr__(dag, "params", PARAMS)
    return dag


def _add_tasks(administration_id: int) -> None:
    check = CheckAdministrationOperator(task_id=CHECK_TASK, administration_id=administration_id)
    data_sets = [
        ExactOnlineToRawOperator(task_id=name, data_set=name, administration_id=administration_id) for name in DATA_SETS
    ]
    deletions = ExactOnlineToRawOperator(
        task_id=DELETIONS,
        data_set=DELETIONS,
        administration_id=administration_id,
        # Also after data sets that failed or were not asked for; the task itself wants a good check before them.
        trigger_rule=TriggerRule.ALL_DONE,
    )
    control_totals = ExactOnlineToRawOperator(
        task_id=CONTROL_TOTALS, data_set=CONTROL_TOTALS, administration_id=administration_id
    )
    reconcile = ReconcileOperator(task_id="reconcile", administration_id=administration_id)
    announce = AnnounceOperator(task_id="announce", administration_id=administration_id)
    check >> data_sets >> deletions >> control_totals >> reconcile >> announce >> ConcludeOperator(task_id="conclude")


for _entry in connected_administrations(get_parsing_context().dag_id):
    globals()[_entry.dag_id] = build_dag(_entry)
