"""The recipe per kind of endpoint on top of client and raw: a sync stream, a snapshot, the delete log.

Decides when a watermark may move and when absence means deletion; knows no HTTP and no SQL of its own.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

import psycopg

from exact_online import odata
from exact_online.catalogue import Endpoint
from exact_online.client import ExactClient, FetchedPage
from exact_online.errors import DataContractError, EndpointPaused, ExactOnlineError, RequestRejected
from exact_online.raw import Load, Row

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Run:
    """What all loads of one DAG run share."""

    connection: psycopg.Connection
    client: ExactClient
    administration_id: int
    run_id: str
    full_refresh: bool = False


def load_endpoint(run: Run, endpoint: Endpoint, year: str | None = None) -> Load:
    """Read one endpoint (or one fiscal year of it) into its raw table and return the closed load.

    An optional endpoint the user may not read, or whose module the licence lacks, ends as `skipped`.
    """
    slice_ = (endpoint.by_year, year) if endpoint.by_year and year else None
    load = Load(run.connection, run.administration_id, endpoint, run.run_id, slice_)
    try:
        if endpoint.is_sync:
            _read_stream(run, load)
        else:
            _read_snapshot(run, load, slice_)
    except RequestRejected as exc:
        skipped = not endpoint.required and exc.status in (403, 404)
        load.counts.calls += not isinstance(exc, EndpointPaused)
        load.finish("skipped" if skipped else "failed", exc)
        if not skipped:
            raise
        log.warning("%s is left out: %s", endpoint.name, exc)
        return load
    except BaseException as exc:
        load.finish("failed", exc if isinstance(exc, ExactOnlineError) else RuntimeError(type(exc).__name__))
        raise
    load.finish("succeeded")
    log.info("%s%s: %s", endpoint.name, f" {year}" if year else "", _summary(load))
    return load


def _read_stream(run: Run, load: Load) -> None:
    """Read `Timestamp gt watermark`.

    The watermark moves with a page while pages prove to be ordered; the first one out of order puts it back to
    where the load began, and only the end of the stream moves it again.
    """
    endpoint = load.endpoint
    if run.full_refresh:
        load.forget_watermark()
    start = highest = load.watermark() or 0
    ordered = True
    read = _reader(run, endpoint)
    for page in run.client.pages(endpoint.path, endpoint.fields, f"Timestamp gt {start}L"):
        rows = read(page)
        versions = [row.sync_timestamp or 0 for row in rows]
        ordered = ordered and versions == sorted(versions) and (not versions or versions[0] > highest)
        highest = max([highest, *versions])
        moved = (highest if ordered else start) if versions else None
        load.write_page(rows, page.calls, page.size_bytes, moved, keep_ids=run.full_refresh)
    if not ordered:
        load.write_page([], 0, 0, highest, keep_ids=False)
    if run.full_refresh and endpoint.deleted_type is not None:
        if load.counts.rows_read == 0 and load.live_rows() > 0:
            _require_right(run, load)
        load.sweep()
    if endpoint.name == "deletions":
        load.apply_deletions()


def _read_snapshot(run: Run, load: Load, slice_: tuple[str, str] | None) -> None:
    """Read everything; what is stored and did not come was deleted in Exact."""
    endpoint = load.endpoint
    read = _reader(run, endpoint)
    filter_ = f"{slice_[0]} eq {slice_[1]}" if slice_ else None
    for page in run.client.pages(endpoint.path, endpoint.fields, filter_):
        rows = read(page)
        load.write_page(rows, page.calls, page.size_bytes, None, keep_ids=True)
    if load.counts.rows_read == 0 and load.live_rows() > 0:
        _require_right(run, load)
    load.sweep()


def _require_right(run: Run, load: Load) -> None:
    """Believe an empty answer where rows are known only if the user may read the endpoint at all.

    A missing right can show as an empty 200 (protocol facts, section 7.5).
    """
    resource = load.endpoint.path.replace("{division}/", "")
    answer = run.client.single("{division}/users/UserHasRights", f"endpoint='{resource}'&action='GET'")
    load.counts.calls += 1
    if answer.get("UserHasRights") is not True:
        raise RequestRejected(
            f"{load.endpoint.name}: Exact answers with no rows although rows are known, and says the user has no "
            f"right to read {resource}; what is stored stays",
            403,
            "no right",
        )


def _reader(run: Run, endpoint: Endpoint) -> Callable[[FetchedPage], list[Row]]:
    """Return a function from a page to its Rows; a row of another administration is refused."""
    read_header = odata.row_reader(endpoint.key, has_version=endpoint.is_sync)
    division = run.client.division

    def read(number: int, payload: bytes, page: FetchedPage) -> Row:
        header = read_header(payload)
        if header.division is not None and header.division != division:
            raise DataContractError(f"a row of administration {header.division} came in answer")
        return Row(header.id, header.timestamp, payload, page.unstorable.get(number))

    def read_all(page: FetchedPage) -> list[Row]:
        try:
            return [read(number, payload, page) for number, payload in enumerate(page.rows)]
        except DataContractError as exc:
            raise DataContractError(
                f"administration {division}: {endpoint.name}: {exc}; nothing of the page is stored"
            ) from exc

    return read_all


def _summary(load: Load) -> str:
    counts = load.counts
    return (
        f"{counts.rows_read} rows in {counts.calls} calls: {counts.rows_inserted} new, {counts.rows_updated} changed, "
        f"{counts.rows_deleted} deleted, {counts.rows_unchanged} unchanged"
    )
