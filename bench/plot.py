"""Draws scaling curves: `python plot.py FOLDER` with {file: {curve: {lines: seconds}}} on standard input.

Runs in an environment of its own with matplotlib and imports nothing of ours. Each curve has the straight line through
its points by least squares; how well that fits stands in the legend.
"""

import json
import sys
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")
from matplotlib import pyplot as plt


def fit(points):
    """Return slope, start and the share of the variance a straight line explains."""
    n = len(points)
    mean_x, mean_y = sum(x for x, _ in points) / n, sum(y for _, y in points) / n
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    slope = sum((x - mean_x) * (y - mean_y) for x, y in points) / spread if spread else 0.0
    start = mean_y - slope * mean_x
    total = sum((y - mean_y) ** 2 for _, y in points)
    left = sum((y - start - slope * x) ** 2 for x, y in points)
    return slope, start, 1 - left / total if total else 1.0


def draw(curves, path):
    """Draw the curves of one file."""
    figure, axes = plt.subplots(figsize=(7, 4.2), dpi=120)
    for name, by_lines in curves.items():
        points = sorted((int(rows), seconds) for rows, seconds in by_lines.items())
        slope, start, explained = fit(points)
        shown = f"{name}: {slope * 1e6:.1f} s per million lines"
        (drawn,) = axes.plot(
            *zip(*points, strict=True), "o", label=f"{shown}, r² {explained:.3f}" if len(points) > 2 else shown
        )
        ends = [0, points[-1][0]]
        axes.plot(ends, [start + slope * x for x in ends], color=drawn.get_color(), linewidth=1)
    axes.set_xlabel("lines")
    axes.set_ylabel("seconds")
    axes.xaxis.set_major_formatter(mpl.ticker.FuncFormatter(lambda x, _: f"{x:,.0f}"))
    axes.set_ylim(bottom=0)
    axes.legend(fontsize=8)
    figure.tight_layout()
    figure.savefig(path)


if __name__ == "__main__":
    for name, curves in json.load(sys.stdin).items():
        draw(curves, Path(sys.argv[1]) / f"{name}.png")
