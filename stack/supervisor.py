"""Our small supervisor: starts each component in a session of its own, restarts what dies, stops all in order.

`airflow standalone` cannot be stopped safely; this can. PostgreSQL is not its child: pg_ctl looks after that.
"""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path

import psutil

from stack import broker, processes
from stack.environment import password_file, stack_environment
from stack.processes import Started
from stack.settings import CELERY, ROOT, SANDBOX_CLIENT_ID, SANDBOX_CLIENT_SECRET, Settings, write_private

#: A component that dies more often than this within a minute is given up, and said so.
RESTARTS_PER_MINUTE = 5
SUPERVISOR = "supervisor"
#: Celery workers on this machine, with EXECUTOR=CeleryExecutor.
WORKERS = ("worker-1", "worker-2")


def components(settings: Settings, with_sandbox: bool) -> dict[str, list[str]]:
    """Return the command of each component in the order they start."""
    airflow = [sys.executable, "-m", "airflow"]
    found = {
        "api-server": [*airflow, "api-server"],
        "scheduler": [*airflow, "scheduler"],
        "dag-processor": [*airflow, "dag-processor"],
        "triggerer": [*airflow, "triggerer"],
    }
    if settings.executor == CELERY:
        found = {"redis": broker.command(settings), **found, **{name: _worker(name) for name in WORKERS}}
    if with_sandbox:
        found = {"sandbox": sandbox_command(settings), **found}
    return found


def sandbox_command(settings: Settings) -> list[str]:
    """Return the command of the local Exact Online. Its secret is no secret: it guards invented books."""
    return [
        *(sys.executable, "-m", "sandbox", "--port", str(settings.sandbox_port)),
        *("--state-dir", str(settings.directory / "sandbox"), "--redirect-uri", settings.redirect_uri),
        *("--client-id", SANDBOX_CLIENT_ID, "--client-secret", SANDBOX_CLIENT_SECRET),
        *("--size", settings.sandbox_size),
    ]


def _worker(name: str) -> list[str]:
    """Return the command of a Celery worker. Its logs are files the api-server reads itself: one machine."""
    return [sys.executable, "-m", "airflow", "celery", "worker", "--skip-serve-logs", "--celery-hostname", name]


def launch(settings: Settings, with_sandbox: bool) -> None:
    """Start the supervisor as a process of its own that outlives the caller."""
    password_file(settings)
    command = [sys.executable, "-m", "stack", "supervise", *(["--sandbox"] if with_sandbox else [])]
    environment = {**stack_environment(settings), **_own_variables(settings)}
    process = processes.start(SUPERVISOR, command, environment, settings.logs / "supervisor.log", ROOT)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and not recorded(settings) and process.poll() is None:
        time.sleep(0.05)


def recorded(settings: Settings) -> list[Started]:
    """Return what the supervisor wrote down, itself first; [] where nothing was."""
    try:
        return [Started(**entry) for entry in json.loads(settings.state_file.read_text("utf-8"))]
    except (OSError, ValueError, TypeError):
        return []


def is_running(settings: Settings) -> bool:
    """Return whether this stack's supervisor is alive."""
    return any(each.name == SUPERVISOR and each.process() for each in recorded(settings))


def runs_sandbox(settings: Settings) -> bool:
    """Return whether the running stack has a sandbox."""
    return any(each.name == "sandbox" and each.process() for each in recorded(settings))


def stop_all(settings: Settings) -> None:
    """Stop the supervisor and whatever of its components a killed supervisor left behind."""
    known = recorded(settings)
    for each in known:
        processes.stop(each, grace_seconds=40 if each.name == SUPERVISOR else 10)
    settings.state_file.unlink(missing_ok=True)


class Supervisor:
    """Runs in a process of its own until it gets SIGTERM."""

    def __init__(self, settings: Settings, with_sandbox: bool) -> None:
        self._settings = settings
        self._commands = components(settings, with_sandbox)
        self._running: dict[str, subprocess.Popen] = {}
        self._deaths: dict[str, list[float]] = {}
        self._stopping = False

    def run(self) -> None:
        """Start everything, keep it running, stop it in reverse order."""
        signal.signal(signal.SIGTERM, self._ask_to_stop)
        signal.signal(signal.SIGINT, self._ask_to_stop)
        for name in self._commands:
            self._start(name)
        while not self._stopping:
            self._look_after()
            time.sleep(0.5)
        self._stop()

    def _ask_to_stop(self, *_: object) -> None:
        self._stopping = True

    def _start(self, name: str) -> None:
        log = self._settings.logs / f"{name}.log"
        environment = stack_environment(self._settings)
        self._running[name] = processes.start(name, self._commands[name], environment, log, ROOT)
        self._write_down()
        _say(f"{name} started, pid {self._running[name].pid}")

    def _look_after(self) -> None:
        for name, process in list(self._running.items()):
            if process.poll() is None or self._stopping:
                continue
            del self._running[name]
            processes.kill_session(process.pid)
            now = time.monotonic()
            self._deaths[name] = [at for at in self._deaths.get(name, []) if now - at < 60] + [now]
            if len(self._deaths[name]) > RESTARTS_PER_MINUTE:
                _say(f"{name} died {len(self._deaths[name])} times within a minute and is given up; see {name}.log")
                self._write_down()
                continue
            _say(f"{name} ended with {process.returncode} and is started again")
            time.sleep(min(2 ** len(self._deaths[name]) / 2, 10))
            self._start(name)

    def _stop(self) -> None:
        """Ask all at once, then wait for each: they stop in seconds side by side, not one after another."""
        for process in self._running.values():
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
        deadline = time.monotonic() + 25
        for name, process in self._running.items():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=max(deadline - time.monotonic(), 0.1))
            processes.kill_session(process.pid)
            _say(f"{name} stopped")

    def _write_down(self) -> None:
        own = psutil.Process()
        known = [Started(SUPERVISOR, own.pid, own.create_time())]
        known += [processes.record(name, process.pid) for name, process in self._running.items()]
        write_private(self._settings.state_file, [asdict(each) for each in known])


def _own_variables(settings: Settings) -> dict[str, str]:
    return {
        "STACK_DIR": str(settings.directory),
        "AIRFLOW_PORT": str(settings.airflow_port),
        "POSTGRES_PORT": str(settings.postgres_port),
        "SANDBOX_PORT": str(settings.sandbox_port),
        "AUTH_MANAGER": settings.auth_manager,
        "STACK_USERS": settings.users_text(),
        "SANDBOX_SIZE": settings.sandbox_size,
        "REDIS_PORT": str(settings.redis_port),
        "EXECUTOR": settings.executor,
    }


def _say(text: str) -> None:
    print(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {text}", flush=True)


def log_of(settings: Settings, name: str) -> Path:
    """Return a component's log file."""
    return settings.logs / f"{name}.log"
