"""Bring the stack up and down: PostgreSQL, schemas, supervisor, and waiting until Airflow answers."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable

import requests

from stack import ports, supervisor
from stack.environment import stack_environment
from stack.errors import StackError
from stack.postgres import EmbeddedPostgres
from stack.settings import ADMIN, ROOT, Settings

#: Free space an empty stack with the demo's books needs, with some room.
NEEDED_MEGABYTES = 600
AIRFLOW_READY_SECONDS = 120


def postgres(settings: Settings) -> EmbeddedPostgres:
    """Return the stack's server, running or not."""
    return EmbeddedPostgres(
        settings.directory / "postgres", settings.postgres_port, settings.secrets().postgres_password
    )


def up(settings: Settings, with_sandbox: bool, say: Callable[[str], None]) -> None:
    """Start what does not run yet. A stack that was killed is cleared away first; one that runs is kept."""
    if supervisor.is_running(settings):
        if with_sandbox and not supervisor.runs_sandbox(settings):
            raise StackError("The stack runs without a sandbox (make up). Stop it first: make down")
        say("The stack runs already.")
        return
    supervisor.stop_all(settings)
    server = postgres(settings)
    if not server.is_running():
        ports.require_free(settings, with_sandbox)
    _require_space(settings)
    settings.remember()
    say("Starting PostgreSQL ...")
    server.start()
    for database in ("airflow", "warehouse"):
        server.create_database(database)
    say("Preparing the databases ...")
    _prepare(settings)
    _add_users(settings)
    say("Starting Airflow ..." if not with_sandbox else "Starting Airflow and the sandbox ...")
    supervisor.launch(settings, with_sandbox)


def down(settings: Settings) -> bool:
    """Stop everything of this stack and nothing else; return whether anything ran."""
    server = postgres(settings) if (settings.directory / "secrets.json").exists() else None
    ran = supervisor.is_running(settings) or bool(server and server.is_running())
    supervisor.stop_all(settings)
    if server:
        server.stop()
    return ran


def wait_for_airflow(settings: Settings) -> None:
    """Return when the api-server answers and the scheduler is alive."""
    deadline = time.monotonic() + AIRFLOW_READY_SECONDS
    with requests.Session() as session:
        session.trust_env = False
        while time.monotonic() < deadline:
            if not supervisor.is_running(settings):
                raise StackError("The supervisor ended.", supervisor.log_of(settings, "supervisor"))
            try:
                health = session.get(f"{settings.airflow_url}/api/v2/monitor/health", timeout=5).json()
                if health["scheduler"]["status"] == health["metadatabase"]["status"] == "healthy":
                    # Airflow makes the API its tasks use on the first call to it, and answers nobody for seconds
                    # meanwhile: better now than while a person watches a first import.
                    session.get(f"{settings.airflow_url}/execution/health", timeout=60)
                    return
            except (requests.RequestException, ValueError, KeyError):
                pass
            time.sleep(0.3)
    raise StackError(
        f"Airflow did not get ready within {AIRFLOW_READY_SECONDS} s.", supervisor.log_of(settings, "api-server")
    )


def wait_for_sandbox(settings: Settings, seconds: float = 60) -> None:
    """Return when the sandbox answers."""
    deadline = time.monotonic() + seconds
    with requests.Session() as session:
        session.trust_env = False
        while time.monotonic() < deadline:
            try:
                if session.get(f"{settings.sandbox_url}/_sandbox/health", timeout=2).ok:
                    return
            except requests.RequestException:
                time.sleep(0.1)
    raise StackError("The sandbox did not get ready.", supervisor.log_of(settings, "sandbox"))


def _prepare(settings: Settings) -> None:
    """Bring both databases to this version, side by side."""
    environment = stack_environment(settings)
    settings.logs.mkdir(parents=True, exist_ok=True)
    running = []
    for name, arguments in (
        ("airflow-migrate", ["airflow", "db", "migrate"]),
        ("migrate", ["exact_online", "migrate"]),
    ):
        log = supervisor.log_of(settings, name)
        with log.open("wb") as output:
            command = [sys.executable, "-m", *arguments]
            running.append((subprocess.Popen(command, env=environment, cwd=ROOT, stdout=output, stderr=output), log))
    for process, log in running:
        if process.wait():
            raise StackError("A database could not be prepared.", log)


def _add_users(settings: Settings) -> None:
    """Give the logins to an auth manager that keeps its own; the simple one reads a file."""
    if settings.auth_manager != "fab":
        return
    roles = {ADMIN: "admin", **settings.users}
    wanted = [{"name": name, "role": roles[name], "password": word} for name, word in settings.passwords().items()]
    log = supervisor.log_of(settings, "users")
    with log.open("wb") as output:
        done = subprocess.run(
            [sys.executable, "-m", "stack.fab_users"],
            env=stack_environment(settings),
            cwd=ROOT,
            input=json.dumps(wanted).encode(),
            stdout=output,
            stderr=output,
            check=False,
        )
    if done.returncode:
        raise StackError("The logins could not be made.", log)


def _require_space(settings: Settings) -> None:
    free = shutil.disk_usage(settings.directory).free // 1024**2
    if free < NEEDED_MEGABYTES:
        raise StackError(f"{settings.directory} has {free} MB free; the stack needs {NEEDED_MEGABYTES} MB.")
