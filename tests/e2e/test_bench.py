"""The benchmark in its quick mode: every figure comes out, and those that no busy machine spoils are good."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from stack.settings import ROOT

pytestmark = [pytest.mark.integration, pytest.mark.slow]
FIGURES = {
    *("load_raw_vs_floor", "typed_vs_dlt_best", "typed_vs_singer", "typed_vs_floor", "peak_mb", "peak_mb_1m"),
    *("limit_use", "parallel_10", "dbt_full_vs_floor", "dbt_incremental_vs_full", "parse_500_s"),
}


def test_the_quick_benchmark_measures_everything(tmp_path):
    environment = {**os.environ, "QUICK": "1", "BENCH_RESULTS_DIR": str(tmp_path)}
    environment |= {"PYTHONPATH": f"{ROOT / 'plugins'}:{ROOT}", "PYTHONWARNINGS": "default"}
    command = [sys.executable, "-m", "bench"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads((tmp_path / "results.json").read_text("utf-8"))
    assert {name for name in FIGURES if not isinstance(found.get(name), (int, float))} == set()
    assert found["peak_mb"] <= 100
    assert found["peak_mb_1m"] <= 100
    assert found["idle_calls"] == 1
    assert found["limit_refused_calls"] == 0
    assert found["limit_use"] >= 0.9
    assert found["task_start_connects"] == 0
    assert found["typed_vs_dlt_best"] > 1
    assert found["typed_vs_singer"] > 1
    assert "| what | target | measured |" in (tmp_path / "RESULTS.md").read_text("utf-8")
    assert (tmp_path / "load-by-lines.png").stat().st_size > 10_000
