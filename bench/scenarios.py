"""The scenarios, from measurements to the figures of results.json. Ratios unless the name says a unit."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from typing import Any

from bench import builds, limits, loads, night, parsing, peers
from bench.lines import LineFile, line_file
from bench.measure import Measured, median, median_ratio
from bench.plan import Plan
from bench.warehouse import Server

Figures = dict[str, Any]


def load_first(server: Server, plan: Plan) -> Figures:
    """A first load beside the floors, at two sizes."""
    lines = line_file(plan.lines)
    many = loads.first_loads(server, lines, lines.rows, plan.rounds)
    few = loads.first_loads(server, line_file(plan.fewer_lines), line_file(plan.fewer_lines).rows, plan.rounds)
    points = {str(line_file(plan.fewer_lines).rows): few, str(lines.rows): many}
    return {
        "load_raw_vs_floor": _ratio(many["ours"], many["floor_copy"]),
        "load_raw_vs_split": _ratio(many["ours"], many["floor_split"]),
        "typed_vs_floor": _ratio(many["ours_typed"], many["floor_typed"]),
        "load_seconds": {rows: _seconds(found) for rows, found in points.items()},
        "load_rounds": plan.rounds,
        "lines_per_second": round(lines.rows / median(many["ours"])),
        "peak_mb": round(median(few["ours"], "peak_mb"), 1),
        "peak_mb_largest": round(median(many["ours"], "peak_mb"), 1),
        "peak_mb_1m": round(_peak_of_a_million(server, lines, many["ours"]), 1),
    }


def _peak_of_a_million(server: Server, lines: LineFile, measured: list[Measured]) -> float:
    if lines.rows >= 1_000_000:
        return median(measured, "peak_mb")
    return loads.peak_mb(server, lines, 1_000_000)


def load_again(server: Server, plan: Plan) -> Figures:
    """A load after 1 % changed, and one of nothing."""
    found = loads.again(server, line_file(plan.lines))
    return {
        "changed_beyond_5_percent_s": round(found["changed"].seconds - 0.05 * found["first"].seconds, 2),
        "changed_seconds": round(found["changed"].seconds, 2),
        "changed_vs_first": round(found["changed"].seconds / found["first"].seconds, 4),
        "idle_seconds": round(found["idle"].seconds, 3),
        "idle_calls": found["idle"].answer["calls"],
    }


def at_limits(server: Server, plan: Plan) -> Figures:
    """One administration and ten at Exact's limits."""
    pages = plan.limit_minutes * limits.CALLS_PER_MINUTE
    # As many rows a second of the wall's clock as at Exact's pace.
    page_rows = round(1000 / plan.limit_speed)
    lines = line_file(max(pages, plan.parallel_minutes * limits.CALLS_PER_MINUTE) * page_rows)
    one = limits.at_the_limit(server, lines, 1, plan.limit_minutes, plan.limit_speed, page_rows)
    page_rows = round(1000 / plan.parallel_speed)
    ten = limits.at_the_limit(server, lines, 10, plan.parallel_minutes, plan.parallel_speed, page_rows)
    return {
        "limit_use": round(one.share, 3),
        "parallel_10": round(ten.pages_per_minute / one.pages_per_minute, 2),
        "limit_refused_calls": one.refused + ten.refused,
        "limit_clock_speed": [plan.limit_speed, plan.parallel_speed],
        "limit_minutes_counted": [one.minutes, ten.minutes],
    }


def build_marts(server: Server, plan: Plan) -> Figures:
    """Full and incremental builds beside the floor."""
    lines = line_file(plan.lines)
    rounds = builds.rounds(server, lines, plan.build_rounds)
    full = statistics.median(each.full.seconds for each in rounds)
    return {
        "dbt_full_vs_floor": _middle(each.full.seconds / each.floor.seconds for each in rounds),
        "dbt_incremental_vs_full": _middle(each.recent.seconds / each.full.seconds for each in rounds),
        "dbt_recent_whole_vs_full": _middle(each.recent_whole.seconds / each.full.seconds for each in rounds),
        "dbt_idle_vs_full": _middle(each.idle.seconds / each.full.seconds for each in rounds),
        "dbt_spread_vs_full": _middle(each.spread.seconds / each.full.seconds for each in rounds),
        "dbt_seconds": {
            "full": round(full, 1),
            "recent": round(statistics.median(each.recent.seconds for each in rounds), 1),
            "recent_whole": round(statistics.median(each.recent_whole.seconds for each in rounds), 1),
            "idle": round(statistics.median(each.idle.seconds for each in rounds), 1),
            "spread": round(statistics.median(each.spread.seconds for each in rounds), 1),
            "floor": round(statistics.median(each.floor.seconds for each in rounds), 1),
            "start_and_parse": round(statistics.median(each.full.start_seconds for each in rounds), 1),
        },
        "dbt_rows": lines.rows,
        "dbt_rounds": plan.build_rounds,
        "dbt_slowest_nodes": {name: dict(_slowest(getattr(rounds[-1], name).nodes)) for name in ("full", "recent")},
    }


def grow_marts(server: Server, plan: Plan) -> Figures:
    """How a full build grows with the lines; the size of `build_marts` is one more point."""
    grown = builds.growth(server, list(plan.growth))
    return {"dbt_growth_seconds": {str(rows): round(built.seconds, 1) for rows, built in grown}} if grown else {}


def parse_dags(server: Server, plan: Plan) -> Figures:
    """500 administrations in one file."""
    found = [parsing.parse(server) for _ in range(plan.build_rounds)]
    everything, task = [each["dag_processor"] for each in found], [each["task"] for each in found]
    return {
        "parse_500_s": round(median(everything), 3),
        "parse_500_mb": round(median(everything, "peak_mb"), 1),
        "parse_500_serialise_s": round(statistics.median(each.answer["serialise_seconds"] for each in everything), 2),
        "task_start_parse_s": round(median(task), 4),
        "task_start_connects": max(each.answer["connects"] for each in task),
    }


def nights(server: Server, plan: Plan) -> Figures:
    """A night in which nothing is new, with tasks forked from what imported for them, and without."""
    if not plan.night_rounds:
        return {}
    without, found = night.nights(False, plan.night_rounds), night.nights(True, plan.night_rounds)
    first, now = median(without, "cpu_seconds"), median(found, "cpu_seconds")
    return {
        "night_cpu_s": round(now, 2),
        "night_cpu_s_without_preload": round(first, 2),
        "night_cpu_share": round(now / first, 3),
        "night_tasks": found[0].answer["tasks"],
    }


def beside_peers(server: Server, plan: Plan) -> Figures:
    """The same pages to typed tables, by us and by each peer."""
    found: dict[str, dict[str, float]] = {}
    for each in plan.peers:
        lines = line_file(each.lines)
        runs = peers.beside_ours(server, lines, list(each.names), each.rounds)
        for name in each.names:
            found[name] = {
                "times_faster": _ratio(runs[name], runs["ours"]),
                "seconds": round(median(runs[name]), 2),
                "ours_seconds": round(median(runs["ours"]), 2),
                "peak_mb": round(median(runs[name], "peak_mb")),
                "lines": lines.rows,
                "rounds": each.rounds,
            }
    return {
        "typed_vs_dlt_best": min(each["times_faster"] for name, each in found.items() if name.startswith("dlt")),
        "typed_vs_singer": min(each["times_faster"] for name, each in found.items() if name.startswith("singer")),
        "peers": found,
    }


ALL: dict[str, Callable[[Server, Plan], Figures]] = {
    "loads": load_first,
    "again": load_again,
    "limits": at_limits,
    "marts": build_marts,
    "growth": grow_marts,
    "parsing": parse_dags,
    "night": nights,
    "peers": beside_peers,
}


def _ratio(ours: list[Measured], theirs: list[Measured]) -> float:
    return round(median_ratio(ours, theirs), 2)


def _middle(ratios) -> float:
    return round(statistics.median(ratios), 3)


def _seconds(found: dict[str, list[Measured]]) -> dict[str, float]:
    return {name: round(median(runs), 2) for name, runs in found.items()}


def _slowest(nodes: dict[str, float]) -> list[tuple[str, float]]:
    ordered = sorted(nodes.items(), key=lambda item: -item[1])[:8]
    return [(name.split(".", 2)[2], round(seconds, 2)) for name, seconds in ordered]
