"""What turns the run of an administration red."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

pytestmark = pytest.mark.dags


def test_conclude_turns_red_with_the_names_and_green_without():
    from airflow.sdk.exceptions import AirflowFailException

    from exact_online.operators import ConcludeOperator

    def context(states):
        ti = SimpleNamespace(task_id="conclude", get_task_states=lambda **_: {"r": states})
        return {"dag_run": SimpleNamespace(dag_id="d", run_id="r"), "ti": ti}

    task = ConcludeOperator(task_id="conclude")
    assert task.execute(context({"a": "success", "b": "skipped"})) is None
    with pytest.raises(AirflowFailException, match="did not succeed: a, b"):
        task.execute(context({"a": "failed", "b": "upstream_failed", "c": "success"}))
