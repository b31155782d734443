"""bin/bootstrap: every machine it cannot work on gets one clear sentence, and nothing half made counts as done."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def checkout(tmp_path) -> Path:
    """A checkout with nothing but the script and an empty lock, so that installing takes no network."""
    (tmp_path / "bin").mkdir()
    shutil.copy(ROOT / "bin" / "bootstrap", tmp_path / "bin" / "bootstrap")
    (tmp_path / "requirements.txt").write_text("# nothing\n")
    (tmp_path / "requirements-dev.txt").write_text("# nothing either\n")
    return tmp_path


def tools(folder: Path, **scripts: str) -> str:
    """Make a PATH of the few tools the script needs, and these scripts."""
    folder.mkdir()
    for name in ("sh", "dirname", "cat", "cksum", "tr", "df", "awk", "basename", "rm", "sed"):
        (folder / name).symlink_to(shutil.which(name))
    for name, text in scripts.items():
        path = folder / name.replace("_", ".")
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(path.stat().st_mode | stat.S_IEXEC)
    return str(folder)


def bootstrap(checkout: Path, path: str | None = None, lock: str = "requirements.txt", python: str = ""):
    environment = {**os.environ, "PATH": path or os.environ["PATH"], "PYTHON": python}
    command = [shutil.which("sh"), "bin/bootstrap", lock]
    return subprocess.run(command, cwd=checkout, env=environment, capture_output=True, text=True, check=False)


def test_without_a_suitable_python_it_says_which_and_how_to_get_one(checkout, tmp_path):
    path = tools(
        tmp_path / "path", python3="exit 1", python3_11="echo 'pyenv: python3.11: command not found' >&2; exit 127"
    )
    done = bootstrap(checkout, path)
    assert done.returncode == 1
    assert "no Python 3.11, 3.12 or 3.13 found" in done.stderr
    assert not (checkout / ".venv").exists()


def test_a_python_that_was_asked_for_is_never_replaced_by_another(checkout):
    done = bootstrap(checkout, python="/no/such/python3.13")
    assert done.returncode == 1
    assert done.stderr == "bootstrap: PYTHON=/no/such/python3.13 is no Python 3.11, 3.12 or 3.13 that runs here\n"
    assert not (checkout / ".venv").exists()


def test_an_environment_of_another_version_than_was_asked_for_is_made_anew(checkout, tmp_path):
    bootstrap(checkout)
    other = tmp_path / "python3.13"
    other.write_text(
        f'#!/bin/sh\ncase "$2" in *print*) echo 3 13;; *ensurepip*) ;; *) exec {sys.executable} "$@";; esac\n'
    )
    other.chmod(0o755)
    (checkout / ".venv" / "old").touch()
    assert "Installing" in bootstrap(checkout, python=str(other)).stdout
    assert not (checkout / ".venv" / "old").exists()
    (checkout / ".venv" / "old").touch()
    assert "Installing" not in bootstrap(checkout, python=sys.executable).stdout
    assert (checkout / ".venv" / "old").exists()


def test_without_the_venv_module_it_names_debians_package(checkout, tmp_path):
    python = 'case "$*" in *venv*) exit 1;; *--version*) echo Python 3.11.2;; esac'
    done = bootstrap(checkout, tools(tmp_path / "path", python3=python))
    assert done.returncode == 1
    assert "Python 3.11.2 has no venv module" in done.stderr
    assert "python3-venv" in done.stderr
    assert not (checkout / ".venv").exists()


def test_without_room_it_says_how_much_is_needed(checkout, tmp_path):
    path = tools(tmp_path / "path", python3="exit 0")
    os.unlink(f"{path}/df")
    Path(path, "df").write_text("#!/bin/sh\nprintf 'a b c d\\n x 1 1 7 1 /\\n'\n")
    os.chmod(f"{path}/df", 0o755)
    done = bootstrap(checkout, path)
    assert done.returncode == 1
    assert "only 7 MB free here; the virtual environment needs 1200 MB" in done.stderr


def test_it_installs_once_and_mends_what_was_interrupted(checkout):
    assert bootstrap(checkout).returncode == 0
    assert "Installing" not in bootstrap(checkout).stdout
    assert (checkout / ".venv" / "bin" / "python").exists()
    (checkout / ".venv" / ".stamp-requirements").unlink()
    (checkout / ".venv" / "bin" / "python").unlink()
    assert "Installing" in bootstrap(checkout).stdout
    assert (checkout / ".venv" / "bin" / "python").exists()


def test_a_changed_lock_is_installed_again(checkout):
    bootstrap(checkout)
    (checkout / "requirements.txt").write_text("# changed\n")
    assert "Installing" in bootstrap(checkout).stdout
    assert "Installing" not in bootstrap(checkout).stdout
