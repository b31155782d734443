"""One item ahead: what the caller sees is what it would see without the thread, and both work at once."""

from __future__ import annotations

import threading
import time

import pytest

from exact_online.ahead import OneAhead

WITHIN_SECONDS = 5


class Reader:
    """Gives the numbers from 1 on; each but the first waits for its release."""

    def __init__(self, last: int, free: int = 100) -> None:
        self.asked: list[int] = []
        self.released = threading.Semaphore(free)
        self._last = last

    def __iter__(self):
        for number in range(1, self._last + 1):
            self.asked.append(number)
            assert self.released.acquire(timeout=WITHIN_SECONDS)
            yield number


def until(condition) -> None:
    deadline = time.monotonic() + WITHIN_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.001)


@pytest.mark.parametrize("length", [0, 1, 5])
def test_all_items_come_in_their_order(length):
    with OneAhead(iter(Reader(length))) as ahead:
        assert list(ahead) == list(range(1, length + 1))


def test_the_next_item_is_read_while_the_caller_works_and_none_after_it():
    reader = Reader(5)
    with OneAhead(iter(reader)) as ahead:
        for number in ahead:
            wanted = list(range(1, min(number + 1, 5) + 1))
            until(lambda wanted=wanted: reader.asked == wanted)
            time.sleep(0.01)
            assert reader.asked == wanted


def go_through(items, work) -> None:
    with OneAhead(iter(items)) as ahead:
        for item in ahead:
            work(item)


def end(error: BaseException):
    """Return a caller whose work on an item ends with an error."""

    def work(_: int) -> None:
        raise error

    return work


def test_an_error_comes_where_it_would_have_come():
    def broken():
        yield 1
        yield 2
        raise ValueError("the third")

    seen: list[int] = []
    with pytest.raises(ValueError, match="the third"):
        go_through(broken(), seen.append)
    assert seen == [1, 2]


def test_a_caller_that_fails_leaves_when_nobody_reads_any_more():
    reader = Reader(5, free=1)
    threading.Timer(0.1, reader.released.release).start()
    with pytest.raises(ZeroDivisionError):
        go_through(reader, end(ZeroDivisionError()))
    assert reader.asked == [1, 2]
    assert "next page" not in {thread.name for thread in threading.enumerate()}


def test_a_process_that_is_told_to_end_waits_for_no_answer():
    reader = Reader(5, free=1)
    with pytest.raises(SystemExit):
        go_through(reader, end(SystemExit()))
    (thread,) = (each for each in threading.enumerate() if each.name == "next page")
    assert thread.daemon, "or the interpreter would wait for it"
    reader.released.release()
    thread.join(WITHIN_SECONDS)
