"""Airflow as seen from inside its own api-server: DAG states, runs, pauses, and a parse that is due at once.

The one module of `web` that touches Airflow's tables. It has the methods of `airflow_api.AirflowApi`, so that what
the commands do by REST is done here without a password.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any

from airflow.api.common.trigger_dag import trigger_dag
from airflow.configuration import conf
from airflow.exceptions import DagNotFound
from airflow.models.dag import DagModel
from airflow.models.dagbag import DagPriorityParsingRequest
from airflow.models.dagrun import DagRun
from airflow.models.log import Log
from airflow.utils.session import create_session
from airflow.utils.state import DagRunState
from airflow.utils.types import DagRunTriggeredByType, DagRunType
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from exact_online.airflow_api import MARTS_DAG
from exact_online.cipher import Cipher, has_key
from exact_online.errors import TransientApiError
from exact_online.signing import Signer

#: The file that makes the DAGs of administrations; it stands beside the one of the marts.
_FILE = "exact_online_administrations.py"


@dataclass(frozen=True)
class DagState:
    """What Airflow knows of one DAG."""

    is_paused: bool = False
    next_run_at: datetime | None = None
    run_id: str | None = None
    run_state: str | None = None
    queued_at: datetime | None = None
    started_at: datetime | None = None

    @property
    def is_active(self) -> bool:
        """Whether a run is queued or under way."""
        return self.run_state in ("queued", "running")


class AirflowInside:
    """Airflow on behalf of one person.

    :param user_name: who triggers and pauses; Airflow's own journal names them.
    """

    def __init__(self, user_name: str) -> None:
        self._user_name = user_name

    def has_dag(self, dag_id: str) -> bool:
        """Return whether the DAG is there and not stale."""
        with create_session() as session:
            found = session.get(DagModel, dag_id)
            return found is not None and not found.is_stale

    def trigger(self, dag_id: str, conf: dict[str, Any] | None = None) -> str:
        """Start a run and return its id. Raises TransientApiError where Airflow has not read the DAG yet."""
        try:
            with create_session() as session:
                run = trigger_dag(
                    dag_id=dag_id,
                    triggered_by=DagRunTriggeredByType.UI,
                    triggering_user_name=self._user_name,
                    conf=conf or {},
                    session=session,
                )
                if run is None:
                    raise TransientApiError(f"Airflow started no run of {dag_id}; try again in a moment")
                return run.run_id
        except DagNotFound:
            raise TransientApiError(f"Airflow has not read {dag_id} yet; try again in a few seconds") from None

    def build_marts(self) -> None:
        """Queue a build of the marts by hand, unless one waits already: it will see everything that is stored by then.

        Where Airflow has not read the DAG yet there is nothing to build; the first import does it.
        """
        waiting = select(DagRun.id).where(
            DagRun.dag_id == MARTS_DAG, DagRun.state == DagRunState.QUEUED, DagRun.run_type == DagRunType.MANUAL
        )
        with create_session() as session:
            if session.scalars(waiting).first() is not None:
                return
        with contextlib.suppress(TransientApiError):
            self.trigger(MARTS_DAG)

    def latest_runs(self, dag_id: str, limit: int = 1) -> list[dict[str, Any]]:
        """Return the newest runs first, as Airflow's REST API words them."""
        with create_session() as session:
            query = select(DagRun).where(DagRun.dag_id == dag_id).order_by(DagRun.run_after.desc()).limit(limit)
            return [
                {
                    "dag_run_id": run.run_id,
                    "state": str(run.state),
                    "queued_at": run.queued_at.isoformat() if run.queued_at else None,
                    "run_after": run.run_after.isoformat(),
                }
                for run in session.scalars(query)
            ]

    def pause(self, dag_ids: Iterable[str], is_paused: bool) -> None:
        """Pause or resume DAGs, as Airflow's own switch does."""
        with create_session() as session:
            for dag in session.scalars(select(DagModel).where(DagModel.dag_id.in_(list(dag_ids)))):
                dag.is_paused = is_paused

    def note(self, event: str, extra: str, dag_id: str | None = None) -> None:
        """Write a change into Airflow's audit log."""
        with create_session() as session:
            session.add(Log(event=f"exact_online.{event}", owner=self._user_name, extra=extra, dag_id=dag_id))


def states(dag_ids: Iterable[str]) -> dict[str, DagState]:
    """Return the state of each DAG that Airflow knows, with its newest run."""
    wanted = list(dag_ids)
    newest = (
        select(DagRun.dag_id, func.max(DagRun.id).label("id")).where(DagRun.dag_id.in_(wanted)).group_by(DagRun.dag_id)
    ).subquery()
    with create_session() as session:
        runs = {run.dag_id: run for run in session.scalars(select(DagRun).join(newest, DagRun.id == newest.c.id))}
        return {
            dag.dag_id: _state(dag, runs.get(dag.dag_id))
            for dag in session.scalars(select(DagModel).where(DagModel.dag_id.in_(wanted)))
        }


def _state(dag: DagModel, run: DagRun | None) -> DagState:
    due = dag.next_dagrun_create_after
    if run is None:
        return DagState(dag.is_paused, due)
    return DagState(dag.is_paused, due, run.run_id, str(run.state), run.queued_at, run.start_date)


def ask_to_parse() -> None:
    """Let the dag-processor read the administrations' file next: a change of the registry shows within seconds."""
    # One request per file is enough: a second one before the first is done has the same key.
    with contextlib.suppress(IntegrityError), create_session() as session:
        marts = session.get(DagModel, MARTS_DAG)
        if marts is None or marts.relative_fileloc is None or marts.bundle_name is None:
            return
        place = str(PurePosixPath(marts.relative_fileloc).with_name(_FILE))
        session.add(DagPriorityParsingRequest(bundle_name=marts.bundle_name, relative_fileloc=place))


def deployment_keys() -> str | None:
    """Return Airflow's own Fernet key where the environment names none; it may stand in airflow.cfg."""
    return None if has_key() else conf.get("core", "fernet_key", fallback="")


def cipher() -> Cipher:
    """Return the cipher of this deployment."""
    return Cipher(deployment_keys())


@functools.cache
def signer() -> Signer:
    """Return the signer of this deployment."""
    return Signer(deployment_keys())


def site_address() -> str:
    """Return Airflow's own address without trailing slash: where Exact sends a person back to."""
    return conf.get("api", "base_url", fallback="").rstrip("/")
