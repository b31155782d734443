"""Tasks of our DAGs, run once in this process with as much of a context as they ask for."""

from __future__ import annotations

from types import SimpleNamespace

from exact_online import catalogue
from tests.integration.books import Books


def load(books: Books, data_set: str):
    """Run the task of a data set and return it, whether it ended well or not."""
    from exact_online.operators import ExactOnlineToRawOperator

    task = ExactOnlineToRawOperator(task_id=data_set, administration_id=books.administration_id, data_set=data_set)
    context = {
        "run_id": "r",
        "params": {"data_sets": list(catalogue.DATA_SETS), "full_refresh": False, "from_date": None},
        "dag_run": SimpleNamespace(dag_id="d", run_id="r"),
        "ti": SimpleNamespace(task_id="t", get_task_states=lambda **_: {}, xcom_pull=lambda task_ids: None),
    }
    try:
        task.execute(context)
    except Exception as exc:
        task.failure = exc
    return task


def look() -> dict[str, int]:
    """Look once for what people should know, as the watch does; return how many causes are open, and messages sent."""
    from exact_online.operators import WatchOperator

    return WatchOperator(task_id="tell").execute({})
