"""What can go wrong with the stack, said in one sentence that names the remedy."""

from __future__ import annotations

from pathlib import Path


class StackError(Exception):
    """The stack cannot do what was asked; `log` is where more stands, if anywhere."""

    def __init__(self, message: str, log: Path | None = None) -> None:
        super().__init__(f"{message} Log: {log}" if log else message)
        self.log = log
