"""Runs one contender in processes of its own and says what it took: time, processor time, peak memory.

A contender prints JSON as its last line; `seconds` in it, the time without the start of its interpreter, wins over the
wall time taken here. Memory is the peak of each process of its tree (VmHWM), and their sum.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from bench.paths import ROOT

_SECONDS_BETWEEN_LOOKS = 0.05


class BenchError(Exception):
    """A contender did not do its work."""


@dataclass(frozen=True)
class Measured:
    """One run. `answer` is what it printed."""

    seconds: float
    wall_seconds: float
    cpu_seconds: float
    peak_mb: float
    answer: dict[str, Any] = field(default_factory=dict)


def run(command: list[str], environment: Mapping[str, str] | None = None, timeout_seconds: float = 1200) -> Measured:
    """Run a command to its end. Raises BenchError with its last words where it fails."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        started = time.monotonic()
        process = subprocess.Popen(command, stdout=out, stderr=err, cwd=ROOT, env={**os.environ, **(environment or {})})
        tree = psutil.Process(process.pid)
        peaks: dict[int, float] = {}
        cpu: dict[int, float] = {}
        while process.poll() is None:
            _look(tree, peaks, cpu)
            if time.monotonic() - started > timeout_seconds:
                _kill(tree)
                raise BenchError(f"{command[:4]} took longer than {timeout_seconds} s")
            time.sleep(_SECONDS_BETWEEN_LOOKS)
        wall = time.monotonic() - started
        out.seek(0)
        err.seek(0)
        printed = out.read().decode(errors="replace").strip().splitlines()
        if process.returncode:
            words = err.read().decode(errors="replace").strip()
            raise BenchError(f"{' '.join(command)[:200]} failed: {words[-1500:]} {' '.join(printed[-5:])[:500]}")
    answer = json.loads(printed[-1]) if printed and printed[-1].startswith("{") else {}
    peak = answer.get("peak_mb") or sum(peaks.values())
    return Measured(answer.get("seconds", wall), wall, answer.get("cpu_seconds") or sum(cpu.values()), peak, answer)


def python(module: str, *arguments: str, **environment: str) -> Measured:
    """Run a module of the benchmark with our own interpreter."""
    ours = {"PYTHONPATH": f"{ROOT}:{ROOT / 'plugins'}", **environment}
    return run([sys.executable, "-m", module, *arguments], ours)


def _look(tree: psutil.Process, peaks: dict[int, float], cpu: dict[int, float]) -> None:
    try:
        members = [tree, *tree.children(recursive=True)]
    except psutil.Error:
        return
    for member in members:
        try:
            peaks[member.pid] = max(peak_of(member.pid), peaks.get(member.pid, 0))
            times = member.cpu_times()
            cpu[member.pid] = times.user + times.system
        except (psutil.Error, OSError, ValueError):
            continue


def _kill(tree: psutil.Process) -> None:
    for member in [*tree.children(recursive=True), tree]:
        member.kill()


def peak_of(pid: int | str = "self") -> float:
    """Return the peak resident memory of a process in MB (of 1024 * 1024 bytes)."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise ValueError("no VmHWM")


def interleaved(contenders: Mapping[str, Callable[[], Measured]], rounds: int) -> dict[str, list[Measured]]:
    """Run all contenders one after the other, and that several times: what disturbs one round disturbs all."""
    found: dict[str, list[Measured]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, contender in contenders.items():
            found[name].append(contender())
    return found


def median_ratio(ours: list[Measured], theirs: list[Measured]) -> float:
    """Return the median over the rounds of ours / theirs."""
    return statistics.median(one.seconds / other.seconds for one, other in zip(ours, theirs, strict=True))


def median(measured: list[Measured], what: str = "seconds") -> float:
    """Return the median of one figure."""
    return statistics.median(getattr(each, what) for each in measured)
