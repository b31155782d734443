"""What papers and workflows name is there: targets, tests, files."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from croniter import croniter

ROOT = Path(__file__).resolve().parents[2]
PAPERS = ("README.md", "CONTRIBUTING.md", "docs/THREATS.md")


def targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))


def workflow() -> dict:
    return yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text("utf-8"))


def test_the_workflow_calls_the_targets_of_the_makefile_and_nothing_else():
    jobs = workflow()["jobs"]
    called = [step["run"] for job in jobs.values() for step in job["steps"] if "run" in step]
    assert {line.split()[1] for line in called if line.startswith("make ")} == {"test", "test-slow", "audit"}
    assert {line.split()[0] for line in called} == {"make", "git", "bin/chromium"}
    assert {line for line in called if line.startswith("git ")} == {'git config --global --add safe.directory "$PWD"'}


def test_the_workflow_names_no_expression_that_is_empty_and_no_time_that_never_comes():
    # Its linters know neither.
    for job in workflow()["jobs"].values():
        known = {f"matrix.{name}" for name in job.get("strategy", {}).get("matrix", {})}
        assert set(re.findall(r"\$\{\{ *(.*?) *\}\}", yaml.safe_dump(job))) <= known
    (times,) = workflow()[True]["schedule"]  # `on` is a truth to YAML
    assert croniter.is_valid(times["cron"])


@pytest.mark.parametrize("paper", PAPERS)
def test_every_target_a_paper_names_exists(paper):
    text = (ROOT / paper).read_text("utf-8")
    named = set(re.findall(r"(?:`|^)make ([a-z-]+)", text, re.MULTILINE))
    assert named - targets() == set()


@pytest.mark.parametrize("paper", PAPERS)
def test_every_file_a_paper_names_exists(paper):
    text = (ROOT / paper).read_text("utf-8")
    named = set(re.findall(r"`((?:tests|docs|dbt|plugins|bin|sandbox|stack)/[A-Za-z0-9_/.-]+)`", text))
    assert named
    assert {name for name in named if not (ROOT / name).exists()} == set()


def test_hooks_are_our_own_commands_and_nothing_is_cloned():
    repos = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))["repos"]
    assert [each["repo"] for each in repos] == ["local"]
    assert {hook["language"] for each in repos for hook in each["hooks"]} == {"system"}
