"""The sandbox most server tests talk to."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.sandbox.serving import Running, serving


@pytest.fixture
def disk_writes(monkeypatch) -> list[str]:
    """Spare the disk, and keep what was asked of it: waiting for a busy disk is the slowest thing in these tests."""
    done: list[str] = []
    replace = os.replace
    monkeypatch.setattr(os, "fsync", lambda descriptor: done.append("fsync"))
    monkeypatch.setattr(os, "replace", lambda old, new: (done.append("replace"), replace(old, new)))
    return done


@pytest.fixture
def exact(tmp_path, disk_writes) -> Iterator[Running]:
    """Serve three tiny administrations; nobody is logged in."""
    with serving(tmp_path) as running:
        yield running


@pytest.fixture
def connected(exact) -> Running:
    """The same, with a token pair for all three."""
    exact.connect()
    return exact
