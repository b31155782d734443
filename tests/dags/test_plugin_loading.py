"""Airflow's plugin loader imports the registrar and nothing else: it would overwrite modules of the same name."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.dags
ROOT = Path(__file__).resolve().parents[2]

#: In a process of its own, because loading plugins changes sys.modules for good.
PROGRAM = """
import json, sys
from airflow import plugins_manager
plugins, errors = plugins_manager._get_plugins()
stems = ("catalogue", "client", "errors", "limits", "raw", "hook", "operators", "vault", "registry", "extract")
print(json.dumps({
    "plugins": [plugin.name for plugin in plugins if plugin.name == "exact_online"],
    "errors": errors,
    "overwritten": [name for name in stems if name in sys.modules],
    "package": sorted(name for name in sys.modules if name.startswith("exact_online.")),
}))
"""


def test_the_loader_imports_the_registrar_only():
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert json.loads(done.stdout.strip().splitlines()[-1]) == {
        "plugins": ["exact_online"],
        "errors": {},
        "overwritten": [],
        # For the connection form, and light: neither Airflow's hooks nor the database driver. `preload` is imported by
        # Airflow's settings, and imports nothing here.
        "package": [
            "exact_online.environments",
            "exact_online.errors",
            "exact_online.preload",
            "exact_online.provider",
        ],
    }
