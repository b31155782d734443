"""From figures to results.json, RESULTS.md, the plots, and the table that is printed."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import machine
from bench.environments import environment
from bench.paths import BENCH

Figures = dict[str, Any]


@dataclass(frozen=True)
class Target:
    """One promise: the figure, what it means, and what it must be."""

    figure: str
    meaning: str
    wanted: str
    holds: Callable[[float], bool]


TARGETS = (
    Target("load_raw_vs_floor", "first load to raw, against COPY and one merge", "<= 1.6", lambda x: x <= 1.6),
    Target(
        "typed_vs_floor", "first load to typed tables, against the same and one parse", "<= 1.6", lambda x: x <= 1.6
    ),
    Target("typed_vs_dlt_best", "times faster than dlt at its best, to typed tables", ">= 4", lambda x: x >= 4),
    Target("typed_vs_singer", "times faster than Singer with COPY, to typed tables", ">= 8", lambda x: x >= 8),
    Target("peak_mb", "peak memory of a load, MB", "<= 100", lambda x: x <= 100),
    Target("peak_mb_1m", "the same with 1,000,000 lines, MB", "<= 100", lambda x: x <= 100),
    Target(
        *("changed_beyond_5_percent_s", "load after 1 % changed, seconds beyond 5 % of a first load", "< 2"),
        lambda x: x < 2,
    ),
    Target("idle_seconds", "load of nothing, seconds of our own", "< 3", lambda x: x < 3),
    Target("limit_use", "pages per minute of those Exact allows", ">= 0.95", lambda x: x >= 0.95),
    Target("parallel_10", "ten administrations, times one", ">= 9", lambda x: x >= 9),
    Target("dbt_full_vs_floor", "full dbt build with its tests, against hand-written tables", "<= 2", lambda x: x <= 2),
    Target("dbt_incremental_vs_full", "build after 1 % changed, share of a full one", "<= 0.1", lambda x: x <= 0.1),
    Target("parse_500_s", "DAG file with 500 administrations, seconds", "< 2", lambda x: x < 2),
    Target("parse_500_mb", "its process, MB", "< 300", lambda x: x < 300),
    Target(
        *("night_cpu_share", "processor time of Airflow for an administration and night, against its first value"),
        *("<= 0.5", lambda x: x <= 0.5),
    ),
    Target("task_start_connects", "connections to the database while a task parses", "0", lambda x: x == 0),
)


def write(figures: Figures, folder: Path, postgresql: str) -> str:
    """Write everything below a folder and return the table."""
    folder.mkdir(parents=True, exist_ok=True)
    figures = {**figures, "machine": machine.description(postgresql)}
    (folder / "results.json").write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    plots = _plot(figures, folder)
    text = _results(figures, plots)
    (folder / "RESULTS.md").write_text(text, encoding="utf-8")
    return _table(figures)


def _table(figures: Figures) -> str:
    lines = ["| what | target | measured | |", "|---|---|---|---|"]
    for target in TARGETS:
        value = figures.get(target.figure)
        verdict = "not measured" if value is None else "holds" if target.holds(value) else "missed"
        lines.append(f"| {target.meaning} | {target.wanted} | {'' if value is None else value} | {verdict} |")
    return "\n".join(lines)


def _results(figures: Figures, plots: list[str]) -> str:
    on = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in figures["machine"].items())
    parts = [
        "# Measured",
        f"Written by `make bench` ({figures['mode']}, {figures['lines']:,} lines) on: {on}.",
        _table(figures),
        *(f"![{plot.removesuffix('.png').replace('-', ' ')}]({plot})" for plot in plots),
        (BENCH / "FINDINGS.md").read_text("utf-8").strip(),
    ]
    return "\n\n".join(parts) + "\n"


def _plot(figures: Figures, folder: Path) -> list[str]:
    curves = {}
    if "load_seconds" in figures:
        curves["load-by-lines"] = {
            name: {rows: each[name] for rows, each in figures["load_seconds"].items()}
            for name in ("ours", "ours_typed", "floor_copy", "floor_typed")
        }
    if "dbt_growth_seconds" in figures and "dbt_seconds" in figures:
        one_more = {str(figures["dbt_rows"]): figures["dbt_seconds"]["full"]}
        curves["dbt-build-by-lines"] = {"full build": {**figures["dbt_growth_seconds"], **one_more}}
    if not curves:
        return []
    python = str(environment("plots") / "python")
    subprocess.run([python, str(BENCH / "plot.py"), str(folder)], input=json.dumps(curves), text=True, check=True)
    return [f"{name}.png" for name in curves]
