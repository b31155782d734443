"""What the figures were measured on."""

from __future__ import annotations

import os
import platform
import re
from pathlib import Path

import psutil


def description(postgresql: str) -> dict[str, str]:
    """Return processor, memory, system and versions."""
    names = re.findall(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text("utf-8"))
    return {
        "processor": f"{os.cpu_count()} x {names[0].strip() if names else platform.machine()}",
        "memory": f"{psutil.virtual_memory().total / 1024**3:.0f} GiB",
        "system": f"{platform.system()} {platform.release().split('-')[0]}",
        "python": platform.python_version(),
        "postgresql": postgresql,
        "load_average_before": f"{os.getloadavg()[2]:.1f}",
    }
