"""One load: a pass over one endpoint (or slice) for one administration, a page at a time, each page atomic.

Rows, position, load-log row and what follows from the rows commit together, or nothing does: kill the process anywhere,
and the next one goes on with nothing lost and nothing double. Postgres only.
"""

from __future__ import annotations

from collections.abc import Mapping

import psycopg

from exact_online import drift, incoming
from exact_online.catalogue import DELETIONS, Endpoint
from exact_online.errors import AdministrationUnavailable
from exact_online.incoming import Row
from exact_online.load_log import Counts, LoadLog
from exact_online.passes import Kind, Pass, Position
from exact_online.raw import Guard, RawTable, Slice
from exact_online.warehouse import one_row

#: What a page of each kind of pass may replace. A pass over rows already stored also mends what was damaged.
_GUARDS: dict[Kind, Guard] = {"delta": "newer version", "since": "not older", "full": "not older"}


class Load:
    """One pass under way.

    :param connection: in autocommit mode: every method opens and commits a transaction of its own.
    :param run_id: groups the loads of one DAG run.
    :param is_reload: the rows come from the endpoint's second service, without their versions.
    """

    def __init__(
        self,
        connection: psycopg.Connection,
        administration_id: int,
        endpoint: Endpoint,
        run_id: str,
        kind: Kind,
        slice_: Slice | None = None,
        rows_expected: int | None = None,
        is_reload: bool = False,
    ) -> None:
        self.endpoint = endpoint
        self.kind = kind
        self._connection = connection
        self._administration_id = administration_id
        self._is_reload = is_reload
        slice_text = str(slice_) if slice_ else None
        self._pass = Pass(connection, administration_id, endpoint.name, run_id, kind, slice_text)
        watermark = self._pass.watermark()
        self._log = LoadLog(connection, administration_id, endpoint, run_id, slice_text, watermark, rows_expected)
        (epoch,) = one_row(
            connection,
            "select epoch_load_id from exact_ops.administrations where administration_id = %s",
            (administration_id,),
        )
        incoming.prepare(connection)
        self._table = RawTable(connection, administration_id, endpoint, self._log.load_id, epoch, slice_)
        self._rows_known = self._table.live_rows() if self._is_swept else 0
        self._drift = drift.Observer(connection, administration_id, endpoint, self._log.load_id)

    @property
    def counts(self) -> Counts:
        """What was done so far."""
        return self._log.counts

    @property
    def rows_known(self) -> int:
        """How many live rows a pass that sweeps found stored when it began; 0 for one that does not."""
        return self._rows_known

    def rows_seen(self) -> int:
        """Return how many rows this full pass has brought, also before it was interrupted."""
        return self._pass.seen()

    def begin(self) -> Position:
        """Return where to go on: behind the pages of a pass that died, or at the start."""
        with self._connection.transaction():
            return self._pass.begin()

    def start_over(self) -> Position:
        """Forget what this pass has seen and return its start; the rows that came stay."""
        with self._connection.transaction():
            return self._pass.start_over()

    def write_page(
        self, rows: list[Row], position: Position, calls: int, size_bytes: int, fields: Mapping[str, str]
    ) -> None:
        """Store one page and everything that depends on it in one transaction.

        :param position: behind this page.
        :param fields: the fields of a row of it with their kinds, see `drift`.
        """
        counts = self.counts
        with self._connection.transaction():
            self._require_connected()
            if rows:
                inserted, updated = self._table.merge(rows, self._guard())
                counts.rows_inserted += inserted
                counts.rows_updated += updated
                counts.rows_unchanged += len(rows) - inserted - updated
                self._see_rows()
            self._pass.remember(position)
            self._drift.observe(fields)
            counts.pages += 1
            counts.calls += calls
            counts.bytes += size_bytes
            counts.rows_read += len(rows)
            self._log.save()

    def complete(self, position: Position) -> None:
        """End the pass: what a full one did not bring is deleted in Exact."""
        with self._connection.transaction():
            self._require_connected()
            if self._is_swept:
                self.counts.rows_deleted += self._table.sweep()
            if self._is_reload:
                self._pass.forget()
            else:
                self._pass.end(position)
            self._log.save()

    def finish(self, outcome: str, error: Exception | None = None) -> None:
        """Close the load-log row. Call it once, whatever happened."""
        watermark = self._pass.watermark() if self.endpoint.is_sync else None
        self._log.finish(outcome, watermark, error)

    @property
    def _is_swept(self) -> bool:
        """The delete log is never swept: it forgets by itself what is older than two months."""
        return self.kind == "full" and self.endpoint.name != DELETIONS

    def _see_rows(self) -> None:
        if self.endpoint.name == DELETIONS:
            self.counts.rows_deleted += self._table.apply_deletions()
        elif self._is_swept:
            self._pass.see()

    def _guard(self) -> Guard:
        if self._is_reload:
            return "another content"
        return _GUARDS[self.kind] if self.endpoint.is_sync else "another text"

    def _require_connected(self) -> None:
        """Hold off a disconnect or purge until this page is in, and refuse the page after one."""
        found = self._connection.execute(
            "select is_connected from exact_ops.administrations where administration_id = %s for share",
            (self._administration_id,),
        ).fetchone()
        if not found or not found[0]:
            raise AdministrationUnavailable("the administration was disconnected; its import stops", "not_found")
