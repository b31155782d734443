"""`make breaks`: break each rule in a copy of the project and see its tests go red.

Takes words; only breaks whose rule or file contains one of them are tried. Returns 1 when a rule can be broken and
nothing notices.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.breaks.catalogue import ROOT, Break, read

RED = 1  # pytest's exit code for tests that ran and failed; any other is not a proof


def main(words: list[str]) -> int:
    """Try the breaks and print one line for each: red by which test, or not noticed."""
    wanted = [each for each in read() if not words or any(word in each.rule or word in each.file for word in words)]
    with tempfile.TemporaryDirectory(prefix="exact-online-breaks-") as folder:
        copy = _copy(Path(folder) / "project")
        code, red = _run(copy, sorted({test for each in wanted for test in each.tests})) if wanted else (0, [])
        if code:
            print(f"Nothing was tried: before any break pytest ends with {code}. {' '.join(red)}".rstrip())
            return 1
        unnoticed = [each for each in wanted if not _is_noticed(copy, each)]
    print(f"{len(wanted) - len(unnoticed)} of {len(wanted)} breaks were noticed.")
    return 1 if unnoticed else 0


def _copy(target: Path) -> Path:
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).exists():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)
    return target


def _is_noticed(copy: Path, each: Break) -> bool:
    path = copy / each.file
    right = path.read_text("utf-8")
    path.write_text(right.replace(each.before, each.after, 1), "utf-8")
    try:
        code, red = _run(copy, each.tests)
    finally:
        path.write_text(right, "utf-8")
    if code == RED and red:
        print(f"red    {each.rule}: {red[0].rsplit('::', 1)[-1]}", flush=True)
        return True
    print(f"GREEN  {each.rule} ({each.file}; pytest ended with {code})", flush=True)
    return False


def _run(copy: Path, tests: list[str]) -> tuple[int, list[str]]:
    """Return pytest's exit code and the tests that went red; a file that cannot be imported is not one of them."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-x", "--tb=no", "-p", "no:cacheprovider", *tests],
        cwd=copy,
        # Compiled files are told apart by second and size, and a break often changes neither.
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    ends = [line.split(" ")[1] for line in done.stdout.splitlines() if line.startswith(("FAILED ", "ERROR "))]
    return done.returncode, [name for name in ends if "::" in name]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
