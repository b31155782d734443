"""Reads one item ahead: while the caller stores a page, a thread reads the next one.

PostgreSQL and we each have half of a load's work, and two processors can do both at once. At most one page waits.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from threading import Thread
from types import TracebackType
from typing import Generic, TypeVar

T = TypeVar("T")


class OneAhead(Generic[T]):
    """Iterates as `items` does, errors included, each of them in its place; for a `with` statement.

    What `items` uses belongs to its thread until the block is left: no connection of the caller's own.
    """

    def __init__(self, items: Iterator[T]) -> None:
        self._items = items
        self._next: Future[T]
        self._thread: Thread
        self._read()

    def __enter__(self) -> OneAhead[T]:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Wait for the item under way, so that nobody reads any more; a process told to end waits for nothing."""
        if kind is None or issubclass(kind, Exception):
            self._thread.join()

    def __iter__(self) -> Iterator[T]:
        while True:
            try:
                item = self._next.result()
            except StopIteration:
                return
            self._read()
            yield item

    def _read(self) -> None:
        self._next = found = Future[T]()

        def read() -> None:
            try:
                found.set_result(next(self._items))
            except BaseException as exc:  # raised again where the item is asked for
                found.set_exception(exc)

        # A daemon: a process that ends does not wait for Exact's answer.
        self._thread = Thread(target=read, name="next page", daemon=True)
        self._thread.start()
