"""Processes we started, told from others by pid and start time, and how to stop them with all their children."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil


@dataclass(frozen=True)
class Started:
    """A process as recorded: the start time guards against a pid that was given to another program since."""

    name: str
    pid: int
    created: float

    def process(self) -> psutil.Process | None:
        """Return the process if it is still the one we started."""
        try:
            found = psutil.Process(self.pid)
            same = abs(found.create_time() - self.created) < 1 and found.status() != psutil.STATUS_ZOMBIE
        except psutil.Error:
            return None
        return found if same else None


def start(name: str, command: Sequence[str], environment: dict[str, str], log: Path, cwd: Path) -> subprocess.Popen:
    """Start a program in a session of its own, its output appended to `log`."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        return subprocess.Popen(
            command,
            env=environment,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def record(name: str, pid: int) -> Started:
    """Return the record of a process that was just started."""
    try:
        return Started(name, pid, psutil.Process(pid).create_time())
    except psutil.Error:
        return Started(name, pid, 0)


def stop(started: Started, grace_seconds: float = 15) -> None:
    """Ask a process to end, wait, then end its whole session; nothing happens if its pid was given to another."""
    if _is_given_away(started):
        return
    process = started.process()
    family = _family(process) if process else []
    if process:
        with contextlib.suppress(psutil.Error):
            process.send_signal(signal.SIGTERM)
        psutil.wait_procs([process], timeout=grace_seconds)
    kill_session(started.pid, family)


def kill_session(session: int, family: Sequence[psutil.Process] = ()) -> None:
    """Kill what is left of a session we made: children outlive a parent that was killed."""
    left = [each for each in family if each.is_running()]
    for each in psutil.process_iter():
        with contextlib.suppress(psutil.Error, ProcessLookupError):
            if os.getsid(each.pid) == session and each.pid != os.getpid():
                left.append(each)
    for each in set(left):
        with contextlib.suppress(psutil.Error):
            each.kill()
    psutil.wait_procs(left, timeout=5)


def _is_given_away(started: Started) -> bool:
    """Whether another program has the pid now. While it does not, the session of that number is what we left."""
    try:
        return abs(psutil.Process(started.pid).create_time() - started.created) >= 1
    except psutil.Error:
        return False


def _family(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.Error:
        return []
