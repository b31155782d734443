"""What the figures were measured on."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from pathlib import Path

import psutil

from stack.postgres import binaries


def description() -> dict[str, str]:
    """Return processor, memory, system and versions."""
    names = re.findall(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text("utf-8"))
    return {
        "processor": f"{os.cpu_count()} x {names[0].strip() if names else platform.machine()}",
        "memory": f"{psutil.virtual_memory().total / 1024**3:.0f} GiB",
        "system": f"{platform.system()} {platform.release().split('-')[0]}",
        "python": platform.python_version(),
        "postgresql": _postgresql(),
        "load_average_before": f"{os.getloadavg()[2]:.1f}",
    }


def _postgresql() -> str:
    done = subprocess.run([str(binaries() / "postgres"), "--version"], capture_output=True, text=True, check=True)
    return done.stdout.split()[-1]
