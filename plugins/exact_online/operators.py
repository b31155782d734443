"""Thin operators: wire hook, recipe and registry together, and say to Airflow what an error means.

The only module that raises Airflow exceptions: what a retry cannot mend fails at once, a spent day is deferred.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime
from itertools import groupby
from typing import Any

from airflow.providers.standard.triggers.temporal import DateTimeTrigger
from airflow.sdk import Asset, BaseOperator, Context, TriggerRule
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from exact_online import (
    alerts,
    builds,
    catalogue,
    lineage,
    load_log,
    metrics,
    notifiers,
    outcomes,
    recipe,
    reconcile,
    registry,
    rights,
    upkeep,
)
from exact_online.client import new_session
from exact_online.divisions import require_readable
from exact_online.errors import (
    AdministrationUnavailable,
    ConfigError,
    DataContractError,
    LimitReached,
    PaginationError,
    ReauthorizationRequired,
    RequestRejected,
)
from exact_online.extract import Run
from exact_online.hook import ExactOnlineHook, deployment_cipher, warehouse_address, warehouse_connection
from exact_online.vault import Vault

#: The marts DAG waits for this asset; every administration's last task announces it.
RAW_ASSET = Asset("exact_raw")

#: Its result tells the loads how many rows to expect.
CHECK_TASK = "check_administration"

_FINAL = (
    AdministrationUnavailable,
    ConfigError,
    DataContractError,
    PaginationError,
    ReauthorizationRequired,
    RequestRejected,
)


class _ExactOnlineOperator(BaseOperator):
    """Opens the hook, translates errors, waits out a spent day without holding a worker.

    Has no constructor: Airflow copies all parameters once per constructor in the chain, for every task it parses.
    """

    administration_id: int

    def execute(self, context: Context) -> Any:
        """Run the work of this operator against a fresh hook."""
        return self._attempt(context)

    def resume(self, context: Context, event: Any = None) -> Any:
        """Go on after the day's calls came back; pages stored before stay."""
        return self._attempt(context)

    def work(self, hook: ExactOnlineHook, context: Context) -> Any:
        """Do the work; plugin errors may escape."""
        raise NotImplementedError

    def _attempt(self, context: Context) -> Any:
        try:
            with closing(ExactOnlineHook(administration_id=self.administration_id)) as hook, _airflow_errors():
                return self.work(hook, context)
        except LimitReached as exc:
            self.log.warning("%s; going on after %s", exc, exc.resets_at)
            self.defer(trigger=DateTimeTrigger(moment=exc.resets_at), method_name="resume")


class CheckAdministrationOperator(_ExactOnlineOperator):
    """Ask Exact whether the administration still exists, may be read, is not blocked, and has not moved."""

    def __init__(self, *, administration_id: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.administration_id = administration_id

    def work(self, hook: ExactOnlineHook, context: Context) -> dict[str, int]:
        """Return how many rows Exact says there are where everything is to be read; fail where nothing may be."""
        found = hook.administration
        try:
            division = hook.division()
            # Before the check: a restore is what a blocked administration is blocked for.
            run = _run(hook, context)
            recipe.note_division(run, division)
            require_readable(division)
        except AdministrationUnavailable as exc:
            outcomes.set_status(hook.warehouse, found.administration_id, exc.status, str(exc))
            raise
        registry.update_facts(hook.warehouse, found.administration_id, division)
        outcomes.set_status(hook.warehouse, found.administration_id, "in_progress")
        return recipe.prepare(run, hook.calls_left_today())


class ExactOnlineToRawOperator(_ExactOnlineOperator):
    """Load every endpoint of one data set into exact_raw; one endpoint's failure does not stop the others.

    :param data_set: a data set of the catalogue. The trigger form's `data_sets` may leave it out.
    """

    def __init__(self, *, administration_id: int, data_set: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.administration_id = administration_id
        self.data_set = data_set

    def work(self, hook: ExactOnlineHook, context: Context) -> dict[str, int]:
        """Return the rows read per endpoint. Raises the first error after all endpoints had their turn."""
        if self.data_set in catalogue.DATA_SETS and self.data_set not in context["params"]["data_sets"]:
            raise AirflowSkipException(f"{self.data_set} was not asked for")
        # Every other rule has Airflow look, which costs the task no question.
        if self.trigger_rule == TriggerRule.ALL_DONE and CHECK_TASK in _tasks_in(context, *_FAILED):
            raise AirflowFailException(f"{CHECK_TASK} did not succeed, so nothing was asked of Exact")
        before = load_log.newest(hook.warehouse)
        try:
            return recipe.load_data_set(_run(hook, context), self.data_set)
        finally:
            self._measure(hook, context, before)

    def _measure(self, hook: ExactOnlineHook, context: Context, before: int) -> None:
        """Send figures of what this attempt did, and remember it for lineage; also where it failed."""
        found = hook.administration
        self._done = load_log.done_after(
            hook.warehouse, before, self.administration_id, context["run_id"], self.data_set
        )
        self._source = (found.base_url, found.division_code)
        tags = {"administration": found.dag_id, "data_set": self.data_set}
        metrics.of_loads(self._done, tags, hook.client.waited_seconds)

    def get_openlineage_facets_on_complete(self, _: Any) -> Any:
        """Tell OpenLineage which resources were read and which tables were written."""
        done = [each.endpoint for each in getattr(self, "_done", ()) if each.outcome == "succeeded"]
        return lineage.of_loads(warehouse_address(), *self._source, done) if done else None


class ReconcileOperator(_ExactOnlineOperator):
    """Compare what was read of Exact's own figures with what is stored, heal what differs, fail where it remains."""

    def __init__(self, *, administration_id: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.administration_id = administration_id

    def work(self, hook: ExactOnlineHook, context: Context) -> dict[str, int]:
        """Return how many figures differ per subject: none, where this does not fail."""
        run = _run(hook, context)
        differing = reconcile.reconcile(run)
        if recipe.note_division(run, hook.division()):
            self.log.warning("The administration moved during this run; the next one reads everything again")
        if differing:
            raise AirflowFailException(reconcile.in_words(differing))
        return {}


class AnnounceOperator(_ExactOnlineOperator):
    """Record what became of the import and announce to the marts that raw data is there.

    Runs whatever failed before it, and itself succeeds: what did load is worth building.
    """

    def __init__(self, *, administration_id: int, **kwargs: Any) -> None:
        super().__init__(outlets=[RAW_ASSET], trigger_rule=TriggerRule.ALL_DONE, **kwargs)
        self.administration_id = administration_id

    def execute(self, context: Context) -> list[str]:
        """Return the ids of the tasks that failed."""
        failed = _tasks_in(context, *_FAILED)
        with closing(ExactOnlineHook(administration_id=self.administration_id)) as hook:
            left_out = load_log.left_out_in_run(hook.warehouse, self.administration_id, context["run_id"])
            not_asked, refused = _tasks_in(context, "skipped"), rights.in_words(left_out)
            outcomes.conclude(hook.warehouse, self.administration_id, failed, not_asked, refused)
            rows = load_log.rows_of_run(hook.warehouse, self.administration_id, context["run_id"])
        context["outlet_events"][RAW_ASSET].extra = {"administration_id": self.administration_id, **rows}
        return failed


class ConcludeOperator(BaseOperator):
    """Turn the run red where a task before it failed: `announce` always succeeds and would hide it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(trigger_rule=TriggerRule.ALL_DONE, **kwargs)

    def execute(self, context: Context) -> None:
        """Fail where anything failed."""
        failed = _tasks_in(context, *_FAILED)
        if failed:
            raise AirflowFailException(f"did not succeed: {', '.join(failed)}. The log of the first one says why.")


class UpkeepOperator(BaseOperator):
    """Refresh every grant once a day, so that none is forgotten, and prune the journals."""

    def execute(self, context: Context) -> list[str]:
        """Return what is well. Fails where a grant could not be refreshed, after all had their turn."""
        connection = warehouse_connection()
        connection.autocommit = True
        cipher = deployment_cipher()
        with closing(connection), closing(new_session()) as session:

            def refresh(integration: registry.Integration) -> str:
                return Vault(integration.integration_id, warehouse_connection, cipher, session).access_token()

            well, trouble = upkeep.keep_alive(connection, refresh, lambda: datetime.now(UTC))
            self.log.info("%s rows of old journals were removed", upkeep.prune(connection))
        if trouble:
            raise AirflowFailException("; ".join(trouble))
        return well


class WatchOperator(BaseOperator):
    """Tell people what is wrong since the last look, and what is over: one message per kind of cause."""

    def execute(self, context: Context) -> dict[str, int]:
        """Return how many causes are open and how many messages went out. What could not be sent is sent next time."""
        connection = warehouse_connection()
        connection.autocommit = True
        with closing(connection):
            found = alerts.causes(connection, datetime.now(UTC))
            new, over = alerts.write_down(connection, found)
            metrics.of_freshness(alerts.last_good(connection), datetime.now(UTC))
            metrics.of_alerts({kind: sum(each.kind == kind for each in found) for kind in _SUBJECTS})
            sent = 0
            for group, state, remember in (
                *((g, "", alerts.tell) for g in _by_kind(new)),
                *((g, "Over: ", alerts.close) for g in _by_kind(over)),
            ):
                subject, text = _in_words(group)
                self.log.warning("%s%s: %s", state, subject, text)
                sent += notifiers.send(f"{state}{subject}", text)
                remember(connection, group)
        return {"open": len(found), "messages": sent}


_SUBJECTS = {
    "reconnect": "Exact Online must be connected again",
    "idle": "An Exact Online login was idle for too long",
    "failed": "Exact Online imports failed",
    "stale": "Exact Online data are older than promised",
    "unreconciled": "Figures differ from Exact's own",
    "unmapped": "Amounts stand on accounts without a reporting line",
}


def _by_kind(found: list[alerts.Alert]) -> list[list[alerts.Alert]]:
    return [list(group) for _, group in groupby(found, key=lambda alert: alert.kind)]


def _in_words(group: list[alerts.Alert]) -> tuple[str, str]:
    lines = [f"{alert.name}: {alert.reason}" for alert in group]
    return _SUBJECTS[group[0].kind], "\n".join(lines)


class DbtBuildOperator(BaseOperator):
    """Build and test one part of the dbt project in this process.

    :param selector: a name of dbt/selectors.yml.
    :param is_first: this part opens a build. Woken by an asset when nothing moved since the last build, it skips.
    :param is_last: this part completes the build.
    """

    template_fields: Sequence[str] = ("selector",)

    def __init__(
        self,
        *,
        selector: str,
        is_first: bool = False,
        is_last: bool = False,
        warehouse_conn_id: str = "warehouse",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.selector = selector
        self.is_first = is_first
        self.is_last = is_last
        self.warehouse_conn_id = warehouse_conn_id

    def execute(self, context: Context) -> dict[str, int]:
        """Return how many nodes ended in which status. Fails where a node failed."""
        from airflow.providers.postgres.hooks.postgres import PostgresHook

        from exact_online import dbt_build

        hook = PostgresHook(postgres_conn_id=self.warehouse_conn_id)
        run = context["dag_run"]
        connection: Any = hook.get_conn()
        connection.autocommit = True
        with closing(connection):
            if self.is_first:
                if run.run_type == "asset_triggered" and not builds.is_due(connection):
                    raise AirflowSkipException("the marts show everything that was announced")
                builds.begin(connection, run.run_id)
            variables = dbt_build.profile_variables(hook.get_connection(self.warehouse_conn_id))
            variables |= dbt_build.proof_variables(builds.proves_whole_tables(connection, run.run_id))
            counts, failures = dbt_build.build(self.selector, variables, self.log)
            if failures:
                raise AirflowFailException(f"dbt {self.selector}: {len(failures)} failed: {'; '.join(failures[:5])}")
            if self.is_last:
                builds.finish(connection, run.run_id)
        return counts

    def get_openlineage_facets_on_complete(self, _: Any) -> Any:
        """Tell OpenLineage which tables were read and which were built."""
        from exact_online import dbt_build

        return lineage.of_build(warehouse_address(self.warehouse_conn_id), *dbt_build.tables_of_last_run())


def _run(hook: ExactOnlineHook, context: Context) -> Run:
    """Return what the loads of this DAG run share: its parameters, and what Exact said it has."""
    params = context["params"]
    from_date = params.get("from_date")
    expected = context["ti"].xcom_pull(task_ids=CHECK_TASK)
    return Run(
        hook.warehouse,
        hook.client,
        hook.administration.administration_id,
        context["run_id"],
        bool(params["full_refresh"]),
        date.fromisoformat(from_date) if from_date else None,
        rows_expected=expected if isinstance(expected, dict) else {},
    )


class AnnounceAgainOperator(BaseOperator):
    """Wake the marts once more where something was loaded while they were built; else skip.

    Airflow drops an announcement that arrives in the moment a run is being made: it waits for the next one.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(outlets=[RAW_ASSET], **kwargs)

    def execute(self, context: Context) -> None:
        """Succeed, which announces, only where a build is due."""
        connection = warehouse_connection()
        with closing(connection):
            if not builds.is_due(connection):
                raise AirflowSkipException("the marts show everything that was loaded")


_FAILED = ("failed", "upstream_failed")


def _tasks_in(context: Context, *wanted: str) -> list[str]:
    """Return the other tasks of this run that are in one of the states."""
    run = context["dag_run"]
    own = context["ti"].task_id
    states = context["ti"].get_task_states(dag_id=run.dag_id, run_ids=[run.run_id]).get(run.run_id, {})
    return sorted(task for task, state in states.items() if state in wanted and task != own)


@contextmanager
def _airflow_errors() -> Iterator[None]:
    try:
        yield
    except _FINAL as exc:
        raise AirflowFailException(str(exc)) from exc
