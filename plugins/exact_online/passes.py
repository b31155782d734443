"""Where the reading of each endpoint stands: watermarks, passes that have not ended, and what must be read in full.

Postgres only; every method joins the caller's transaction. A pass is one reading of an endpoint:

    delta   what has a higher row version than the watermark
    since   what changed from a day on, whatever the watermark
    full    everything; what is stored and did not come was deleted in Exact. A snapshot is always full

A pass that dies goes on where it stopped: with the watermark where its pages proved to be ordered, with the `__next` of
its last page where they did not.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import psycopg

from exact_online.warehouse import one_row

Kind = Literal["delta", "since", "full"]


@dataclass(frozen=True)
class Position:
    """How far a pass has come.

    next_link: where it goes on; None before the first page and after the last.
    highest: the highest row version so far, at first the watermark it began from.
    first_page_highest: the highest version on its first page, as `highest` at first.
    is_ordered: every row so far has a higher version than those before it.
    is_proven: besides, Exact's link says that the pages to come are higher still.
    """

    next_link: str | None = None
    highest: int = 0
    first_page_highest: int | None = None
    is_ordered: bool = True
    is_proven: bool = True

    def after(self, versions: list[int], next_link: str | None, link_version: int | None) -> Position:
        """Return the position behind one more page.

        :param link_version: the row version the link to the next page goes on behind, where it names one.
        """
        is_ordered = self.is_ordered and _ascend([self.highest, *versions])
        highest = max([self.highest, *versions])
        first = highest if self.first_page_highest is None else self.first_page_highest
        is_proven = is_ordered and (next_link is None or link_version == highest)
        return Position(next_link, highest, first, is_ordered, is_proven)

    @property
    def watermark(self) -> int:
        """The version up to which nothing can have been missed, once the pass has ended.

        A stream in another order than its versions may have passed a row by that was changed meanwhile. Whatever is
        older than a row of the first page was there when the pass began, so it has come.
        """
        return self.highest if self.is_ordered else self.first_page_highest or 0


def _ascend(versions: list[int]) -> bool:
    return all(earlier < later for earlier, later in pairwise(versions))


class Pass:
    """One reading of one endpoint (or slice) of one administration."""

    def __init__(
        self,
        connection: psycopg.Connection,
        administration_id: int,
        endpoint: str,
        run_id: str,
        kind: Kind,
        slice_: str | None = None,
    ) -> None:
        self.kind: Kind = kind
        self._connection = connection
        self._key = {
            **{"administration_id": administration_id, "endpoint": endpoint, "slice": slice_ or ""},
            **{"run_id": run_id, "kind": kind},
        }

    def begin(self) -> Position:
        """Return where to go on: behind the pages of a pass that died, or at the start.

        A delta goes on whoever began it, because its end is the same; a full pass only within its own run, because a
        row deleted since would be taken for seen.
        """
        found = self._connection.execute(
            "select next_link, highest, first_page_highest, is_ordered from exact_ops.passes "
            f"where {_SAME} and kind = %(kind)s and (kind = 'delta' or run_id = %(run_id)s)",
            self._key,
        ).fetchone()
        if found:
            next_link, highest, first_page_highest, is_ordered = found
            return Position(next_link, highest, first_page_highest, is_ordered, is_proven=False)
        return self.start_over()

    def start_over(self) -> Position:
        """Forget what a pass before this one brought, and return the start."""
        self.forget()
        return Position(highest=self.watermark() or 0 if self.kind == "delta" else 0)

    def forget(self) -> None:
        """Remove every trace of a pass under way."""
        self._connection.execute(f"delete from exact_ops.passes where {_SAME}", self._key)
        self._connection.execute(f"delete from exact_ops.seen_ids where {_SAME}", self._key)

    def remember(self, position: Position) -> None:
        """Note a position with the page that led to it. The watermark moves where nothing lower can follow."""
        if self.kind == "delta" and (position.is_proven or not position.is_ordered):
            # Out of order after pages that had proved their order: back to what is certain all the same.
            self._set_watermark(position.watermark)
        if self.kind == "delta" and position.is_proven:
            self._connection.execute(f"delete from exact_ops.passes where {_SAME}", self._key)
        elif position.next_link is not None:
            self._connection.execute(_REMEMBER, {**self._key, **vars(position)})

    def see(self) -> None:
        """Remember the ids of the page being stored (the temporary table `incoming`) until the end of a full pass."""
        self._connection.execute(
            "insert into exact_ops.seen_ids select %(administration_id)s, %(endpoint)s, %(slice)s, id from incoming "
            "on conflict do nothing",
            self._key,
        )

    def seen(self) -> int:
        """Return how many ids a full pass has seen."""
        return int(one_row(self._connection, f"select count(*) from exact_ops.seen_ids where {_SAME}", self._key)[0])

    def end(self, position: Position) -> None:
        """Close the pass: the watermark moves, and a full pass has paid what was due."""
        if self.kind == "since":
            self._set_watermark(max(self.watermark() or 0, position.watermark))
        else:
            self._set_watermark(position.watermark)
        self.forget()
        if self.kind == "full":
            self._connection.execute(
                "delete from exact_ops.full_reads_due where administration_id = %(administration_id)s "
                "and endpoint = %(endpoint)s",
                self._key,
            )

    def watermark(self) -> int | None:
        """Return the highest row version stored, or None before the first page."""
        found = self._connection.execute(
            "select watermark from exact_ops.watermarks "
            "where administration_id = %(administration_id)s and endpoint = %(endpoint)s",
            self._key,
        ).fetchone()
        return found[0] if found else None

    def _set_watermark(self, watermark: int) -> None:
        """Store a watermark; rows without versions (a snapshot) and no rows at all leave none."""
        if watermark:
            self._connection.execute(_SET_WATERMARK, {**self._key, "watermark": watermark})


_SAME = "administration_id = %(administration_id)s and endpoint = %(endpoint)s and slice = %(slice)s"
_SET_WATERMARK = """
insert into exact_ops.watermarks (administration_id, endpoint, watermark)
values (%(administration_id)s, %(endpoint)s, %(watermark)s)
on conflict (administration_id, endpoint) do update set watermark = excluded.watermark, updated_at = now()
"""
_REMEMBER = """
insert into exact_ops.passes
    (administration_id, endpoint, slice, run_id, kind, next_link, highest, first_page_highest, is_ordered)
values (%(administration_id)s, %(endpoint)s, %(slice)s, %(run_id)s, %(kind)s, %(next_link)s, %(highest)s,
        %(first_page_highest)s, %(is_ordered)s)
on conflict (administration_id, endpoint, slice) do update
set run_id = excluded.run_id, kind = excluded.kind, next_link = excluded.next_link, highest = excluded.highest,
    first_page_highest = excluded.first_page_highest, is_ordered = excluded.is_ordered, updated_at = now()
"""


def require_full_read(connection: psycopg.Connection, administration_id: int, endpoint: str, reason: str) -> None:
    """Note that the next reading of an endpoint must be a full one, whoever makes it."""
    connection.execute(
        "insert into exact_ops.full_reads_due (administration_id, endpoint, reason) values (%s, %s, %s) "
        "on conflict (administration_id, endpoint) do nothing",
        (administration_id, endpoint, reason),
    )


def full_read_due(connection: psycopg.Connection, administration_id: int, endpoint: str) -> str | None:
    """Return why the next reading must be a full one, or None."""
    found = connection.execute(
        "select reason from exact_ops.full_reads_due where administration_id = %s and endpoint = %s",
        (administration_id, endpoint),
    ).fetchone()
    return found[0] if found else None
