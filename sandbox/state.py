"""What must outlive the process, in one JSON file: written whole or not at all, and on disk before anybody hears of it.

Tokens stand in it as hashes only. Rate windows are not kept.
"""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import Any

VERSION = 1


class StateError(Exception):
    """The state directory cannot be used; the message says why and what to do."""


class Store:
    """The state of one sandbox. Whoever changes `content` holds `lock` from the change to the end of `save`."""

    def __init__(self, directory: Path) -> None:
        self.lock = threading.RLock()
        self._path = directory / "state.json"
        try:
            directory.mkdir(parents=True, exist_ok=True)
            text = self._path.read_text("utf-8")
        except FileNotFoundError:
            self.content: dict[str, Any] = {"version": VERSION}
            return
        except OSError as exc:
            raise StateError(f"{directory} cannot be used: {exc.strerror}") from exc
        try:
            self.content = json.loads(text)
            version = self.content["version"]
        except (ValueError, KeyError, TypeError):
            raise StateError(f"{self._path} is not a state file of this sandbox; remove it to start anew") from None
        if version != VERSION:
            raise StateError(f"{self._path} was written by another version of the sandbox; remove it to start anew")

    def section(self, name: str) -> dict[str, Any]:
        """Return a part of the state to read and change."""
        return self.content.setdefault(name, {})

    def save(self) -> None:
        """Put the state on disk: a kill at any moment leaves the old file or the new one."""
        temporary = self._path.with_suffix(".tmp")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(self.content, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, self._path)
        directory = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
