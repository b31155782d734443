"""The sandbox as a process with its real books: start, kill -9, start again, and refusals to start."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from sandbox.settings import REDIRECT_URI
from sandbox.state import StateError, Store
from tests.sandbox.serving import CLIENT_ID, CLIENT_SECRET, LINES, MAIN, Running

ROOT = Path(__file__).resolve().parents[2]


def command(directory: Path, *options: str) -> list[str]:
    return [sys.executable, "-m", "sandbox", "--port", "0", "--state-dir", str(directory), *options]


@contextmanager
def process(directory: Path, *options: str) -> Iterator[tuple[subprocess.Popen, str]]:
    """Start it and yield it with its address; killed at the end if it still runs."""
    started = subprocess.Popen(
        command(directory, *options), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        for line in started.stdout:
            found = re.search(r"http://127\.0\.0\.1:\d+", line)
            if found:
                yield started, found[0]
                return
        raise AssertionError("the sandbox did not start")
    finally:
        started.kill()
        started.communicate()


@contextmanager
def client(url: str) -> Iterator[Running]:
    with requests.Session() as session:
        session.trust_env = False
        codes = session.get(f"{url}/_sandbox/health").json()["administrations"]
        yield Running(url, session, codes)


def truth(exact: Running):
    return exact.session.get(f"{exact.url}/_sandbox/truth").json()


def test_killed_and_started_again_it_knows_its_tokens_and_its_books(tmp_path):
    with process(tmp_path, "--size", "small", "--today", "2026-11-23") as (running, url), client(url) as exact:
        exact.connect()
        exact.control("advance", steps=9)
        exact.control("clock", seconds=575)
        pair = exact.refresh().json()
        before = truth(exact)
        running.send_signal(signal.SIGKILL)
        running.wait()
    with process(tmp_path) as (running, url), client(url) as exact:
        assert truth(exact) == before
        assert before["steps"] == 9
        exact.access_token, exact.refresh_token = pair["access_token"], pair["refresh_token"]
        rows = [row for page in exact.pages(f"{MAIN}/{LINES}?$select=ID") for row in page]
        assert len({row["ID"] for row in rows}) == len(rows) == before["administrations"][str(MAIN)]["lines"]
        exact.control("clock", seconds=575)
        assert exact.refresh().status_code == 200
        running.send_signal(signal.SIGTERM)
        assert running.wait(timeout=10) == 0


def refused(directory: Path, *options: str) -> tuple[int, str]:
    done = subprocess.run(
        command(directory, *options), cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    return done.returncode, done.stderr


def test_it_does_not_change_the_books_of_a_state_directory(tmp_path):
    store = Store(tmp_path)
    store.content["books"] = {"seed": 1, "size": "small", "today": "2026-11-23"}
    store.save()
    for option, value in (("--seed", "2"), ("--size", "default"), ("--today", "2026-11-24")):
        code, words = refused(tmp_path, option, value)
        assert (code, f"not {value}" in words) == (1, True), words
        assert "Traceback" not in words


def test_a_taken_port_is_said_clearly(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        code, words = refused(tmp_path, "--port", str(taken.getsockname()[1]))
    assert (code, "cannot listen on 127.0.0.1" in words, "Traceback" in words) == (1, True, False)


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"version": 99}'])
def test_a_spoilt_state_file_is_said_clearly(tmp_path, content):
    (tmp_path / "state.json").write_text(content)
    with pytest.raises(StateError, match="remove it to start anew"):
        Store(tmp_path)


def test_a_half_written_state_is_never_read(tmp_path):
    store = Store(tmp_path)
    store.content["x"] = 1
    store.save()
    (tmp_path / "state.tmp").write_text('{"version": 1, "x"')
    assert Store(tmp_path).content == {"version": 1, "x": 1}


def test_wrong_options_are_a_matter_of_usage(tmp_path):
    assert refused(tmp_path, "--size", "huge")[0] == 2


def test_the_defaults_are_the_documented_ones():
    assert CLIENT_ID == "5e3f0a5c-2f5a-4c38-9d2e-6a1b7c8d9e0f"
    assert CLIENT_SECRET == "sandbox-secret"
    assert REDIRECT_URI == "http://127.0.0.1:8080/exact-online/callback"
