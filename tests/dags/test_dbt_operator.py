"""Which part of the marts a task builds, and when it has nothing to do. dbt itself runs in tests/dbt."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from exact_online import builds, dbt_build, outcomes

pytestmark = [pytest.mark.dags, pytest.mark.integration]


@pytest.fixture
def run_marts(connection, monkeypatch):
    """Return a function that runs the three tasks as Airflow would: {task: what it returned, or the exception}.

    `failing` names the nodes that fail, by part.
    """
    built: list[str] = []
    whole: list[str] = []
    failures: dict[str, list[str]] = {}

    def build(selector, variables, log):
        built.append(selector)
        whole.append(variables["EXACT_ONLINE_PROVE_WHOLE_TABLES"])
        return {"success": 1}, failures.get(selector, [])

    monkeypatch.setattr(dbt_build, "build", build)

    def run(run_id: str, run_type: str, failing: dict[str, list[str]] | None = None) -> dict[str, object]:
        from exact_online.operators import DbtBuildOperator

        built.clear()
        whole.clear()
        failures.clear()
        failures.update(failing or {})
        context = {"dag_run": SimpleNamespace(run_id=run_id, run_type=run_type)}
        ends: dict[str, object] = {}
        for part in ("staging", "marts", "proof"):
            task = DbtBuildOperator(task_id=part, selector=part, is_first=part == "staging", is_last=part == "proof")
            try:
                ends[part] = task.execute(context)
            except Exception as exc:  # what Airflow would see
                ends[part] = exc
                break
        ends["built"] = list(built)
        run.whole_tables = set(whole)
        return ends

    return run


ALL = {part: {"success": 1} for part in ("staging", "marts", "proof")} | {"built": ["staging", "marts", "proof"]}


def test_the_first_announcement_builds_and_the_ones_it_already_saw_are_skipped(connection, run_marts):
    from airflow.sdk.exceptions import AirflowSkipException

    assert run_marts("a", "asset_triggered") == ALL
    assert not builds.is_due(connection)
    second = run_marts("b", "asset_triggered")
    assert isinstance(second["staging"], AirflowSkipException)
    assert (second["built"], set(second)) == ([], {"staging", "built"})


def test_a_person_who_asks_for_a_build_gets_one(run_marts):
    assert run_marts("a", "asset_triggered") == ALL
    assert run_marts("b", "manual") == ALL


def test_the_first_build_of_a_day_proves_whole_tables_in_all_its_parts(run_marts):
    run_marts("a", "asset_triggered")
    assert run_marts.whole_tables == {"1"}
    run_marts("b", "manual")
    assert run_marts.whole_tables == {""}


def test_a_failed_part_turns_red_with_its_nodes_and_the_next_announcement_builds_again(connection, run_marts):
    from airflow.sdk.exceptions import AirflowFailException

    first = run_marts("a", "asset_triggered", failing={"marts": ["fct_gl_balances: broken"]})
    assert isinstance(first["marts"], AirflowFailException)
    assert str(first["marts"]) == "dbt marts: 1 failed: fct_gl_balances: broken"
    assert first["built"] == ["staging", "marts"]
    assert builds.is_due(connection)
    assert run_marts("b", "asset_triggered") == ALL


def test_an_announcement_of_something_new_builds(connection, administration_id, run_marts):
    assert run_marts("a", "asset_triggered") == ALL
    outcomes.set_status(connection, administration_id, "succeeded")
    assert run_marts("b", "asset_triggered") == ALL


def test_what_was_loaded_during_a_build_wakes_the_next_one(connection, administration_id, run_marts):
    from airflow.sdk.exceptions import AirflowSkipException

    from exact_online.operators import RAW_ASSET, AnnounceAgainOperator

    again = AnnounceAgainOperator(task_id="announce_again")
    assert again.outlets == [RAW_ASSET]
    run_marts("a", "asset_triggered")
    with pytest.raises(AirflowSkipException):
        again.execute({})
    connection.execute("update exact_ops.administrations set name = 'changed meanwhile'")
    assert again.execute({}) is None, "succeeding announces"
