"""The recipe of one endpoint on top of client and raw: which kind of pass, what may be believed, what is left out.

Decides; knows no HTTP and no SQL of its own.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

import psycopg

from exact_online import drift, load_log, odata, passes
from exact_online.ahead import OneAhead
from exact_online.catalogue import Endpoint
from exact_online.client import ExactClient, FetchedPage
from exact_online.errors import DataContractError, EndpointPaused, ExactOnlineError, RequestRejected
from exact_online.incoming import Row
from exact_online.load import Load
from exact_online.oauth import Clock
from exact_online.passes import Kind, Position
from exact_online.raw import Slice

log = logging.getLogger(__name__)

#: The endpoints for which Exact turns a date into a row version, and the names it knows them by.
_SYNC_TIMESTAMP_NAMES = {"transaction_lines": "TransactionLines", "projects": "Projects", "project_wbs": "ProjectWBS"}
#: A full answer with fewer rows than this share of what is known is looked at twice.
_SUSPICIOUS_SHARE = 0.5
#: A page is worth a line in the log when so many were read since the last one.
_PAGES_PER_LINE = 10


@dataclass(frozen=True)
class Run:
    """What all loads of one DAG run share.

    :param run_id: groups them in the load log.
    :param full_refresh: read everything again from the beginning.
    :param from_date: read again what Exact changed on or after this day.
    :param rows_expected: endpoint -> how many rows Exact said there are.
    """

    connection: psycopg.Connection
    client: ExactClient
    administration_id: int
    run_id: str
    full_refresh: bool = False
    from_date: date | None = None
    clock: Clock = lambda: datetime.now(UTC)
    rows_expected: dict[str, int] = field(default_factory=dict)


def load_endpoint(run: Run, endpoint: Endpoint, year: str | None = None) -> Load:
    """Read one endpoint (or one fiscal year of it) into its raw table and return the closed load.

    An optional endpoint the user may not read, or whose module the licence lacks, ends as `skipped`.
    """
    slice_ = Slice(((endpoint.by_year, year),)) if endpoint.by_year and year else None
    kind = _kind_of_pass(run, endpoint)
    load = Load(
        run.connection, run.administration_id, endpoint, run.run_id, kind, slice_, run.rows_expected.get(endpoint.name)
    )
    filter_ = " and ".join(f"{name} eq {value}" for name, value in slice_.pairs) if slice_ else None
    return _guarded(load, endpoint, lambda: _read(run, load, endpoint.path, endpoint.fields, filter_))


def reload_period(run: Run, endpoint: Endpoint, year: int, period: int) -> Load:
    """Read one fiscal period again through the endpoint's second service, which has no row versions."""
    if not endpoint.reload_path:
        raise ValueError(f"{endpoint.name} has no reload_path")
    pairs = tuple(zip(endpoint.period, (str(year), str(period)), strict=True))
    load = Load(run.connection, run.administration_id, endpoint, run.run_id, "full", Slice(pairs), is_reload=True)
    fields = [name for name in endpoint.fields if name != "Timestamp"]
    filter_ = " and ".join(f"{name} eq {value}" for name, value in pairs)
    return _guarded(load, endpoint, lambda: _read(run, load, endpoint.reload_path or "", fields, filter_))


def _guarded(load: Load, endpoint: Endpoint, read: Callable[[], None]) -> Load:
    """Read, and close the load whatever happens."""
    try:
        read()
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
    log.info("%s: %s", endpoint.name, _summary(load))
    return load


def _kind_of_pass(run: Run, endpoint: Endpoint) -> Kind:
    if not endpoint.is_sync or run.full_refresh:
        return "full"
    due = passes.full_read_due(run.connection, run.administration_id, endpoint.name)
    if due:
        log.warning("%s is read in full: %s", endpoint.name, due)
        return "full"
    if run.from_date and endpoint.deleted_type is not None:
        return "since" if endpoint.name in _SYNC_TIMESTAMP_NAMES else "full"
    return "delta"


def _read(run: Run, load: Load, path: str, fields: list[str], filter_: str | None) -> None:
    start = load.begin()
    try:
        position = _read_pages(run, load, start, path, fields, filter_)
    except RequestRejected as exc:
        if start.next_link is None or load.counts.pages:
            raise
        log.warning("%s: the link to the next page is good no more (%s); starting over", load.endpoint.name, exc)
        position = _read_pages(run, load, load.start_over(), path, fields, filter_)
    if load.rows_known and load.rows_seen() < load.rows_known * _SUSPICIOUS_SHARE:
        # A missing right shows as an empty 200 (protocol facts, section 7.5), a hiccup as a short one.
        log.warning(
            "%s: %s rows came where %s are known; asking for the right to read them, and once more for the rows",
            *(load.endpoint.name, load.rows_seen(), load.rows_known),
        )
        _require_right(run, load)
        position = _read_pages(run, load, load.start_over(), path, fields, filter_)
    if load.counts.rows_read == 0 and load.rows_known == 0:
        _require_right_at_first(run, load)
    load.complete(position)


def _read_pages(
    run: Run, load: Load, position: Position, path: str, fields: list[str], filter_: str | None
) -> Position:
    """Read to the end of the stream from a position, storing each page, and return the position behind the last."""
    has_version = load.endpoint.is_sync and "Timestamp" in fields
    if position.next_link:
        log.info("%s goes on behind the last page stored", load.endpoint.name)
    elif has_version:
        filter_ = f"Timestamp gt {_start(run, load, position)}L"
    read = _reader(run, load.endpoint, has_version)
    pages = run.client.pages(path, fields, filter_, position.next_link)
    with OneAhead((page, read(page)) for page in pages) as ahead:
        for page, rows in ahead:
            versions = [row.sync_timestamp for row in rows if row.sync_timestamp is not None]
            position = position.after(versions, page.next_link, odata.skip_version(page.next_link))
            # A reload has not the fields of the endpoint: they are those of another service.
            looks = rows and (has_version or not load.endpoint.is_sync)
            sample = drift.fields_of(page.rows[-1]) if looks else {}
            load.write_page(rows, position, page.calls, page.size_bytes, sample)
            _say_progress(load, position)
    return position


def _start(run: Run, load: Load, position: Position) -> int:
    """Return the row version a stream is read from."""
    if load.kind != "since" or run.from_date is None:
        return position.highest
    name = _SYNC_TIMESTAMP_NAMES[load.endpoint.name]
    answer = run.client.single(
        "{division}/read/sync/Sync/SyncTimestamp",
        f"modified=datetime'{run.from_date:%Y-%m-%d}T00:00:00'&endPoint='{name}'&$select=API,TimeStampAsBigInt",
    )
    load.counts.calls += 1
    return int(answer["TimeStampAsBigInt"])


def _require_right_at_first(run: Run, load: Load) -> None:
    """Tell an endpoint that is empty from one the user may not read, until it was read well once."""
    if load_log.has_succeeded(run.connection, run.administration_id, load.endpoint.name):
        return
    try:
        _require_right(run, load)
    except RequestRejected as exc:
        if exc.reason != NO_RIGHT or load.endpoint.required:
            log.warning("%s is empty; whether the user may read it could not be told: %s", load.endpoint.name, exc)
            return
        raise


NO_RIGHT = "no right"


def _require_right(run: Run, load: Load) -> None:
    """Believe an empty answer only if the user may read the endpoint at all."""
    resource = load.endpoint.path.replace("{division}/", "")
    answer = run.client.single("{division}/users/UserHasRights", f"endpoint='{resource}'&action='GET'")
    load.counts.calls += 1
    if answer.get("UserHasRights") is not True:
        raise RequestRejected(
            f"{load.endpoint.name}: Exact answers with no rows, and says the user has no right to read {resource}; "
            "what is stored stays. In Exact: user name > Users > Roles",
            403,
            NO_RIGHT,
        )


def _reader(run: Run, endpoint: Endpoint, has_version: bool) -> Callable[[FetchedPage], list[Row]]:
    """Return a function from a page to its Rows; a row of another administration is refused."""
    read_header = odata.row_reader(endpoint.key, endpoint.is_sync and has_version, endpoint.period)
    division = run.client.division

    def read(number: int, payload: bytes, page: FetchedPage) -> Row:
        header = read_header(payload)
        if header.division is not None and header.division != division:
            raise DataContractError(f"a row of administration {header.division} came in answer")
        return Row(header.id, header.timestamp, payload, page.unstorable.get(number), header.period)

    def read_all(page: FetchedPage) -> list[Row]:
        try:
            return [read(number, payload, page) for number, payload in enumerate(page.rows)]
        except DataContractError as exc:
            raise DataContractError(
                f"administration {division}: {endpoint.name}: {exc}; nothing of the page is stored"
            ) from exc

    return read_all


def _say_progress(load: Load, position: Position) -> None:
    counts = load.counts
    if position.next_link and counts.pages % _PAGES_PER_LINE == 0:
        log.info("%s: %s rows in %s calls so far", load.endpoint.name, counts.rows_read, counts.calls)


def _summary(load: Load) -> str:
    counts = load.counts
    return (
        f"{counts.rows_read} rows in {counts.calls} calls: {counts.rows_inserted} new, {counts.rows_updated} changed, "
        f"{counts.rows_deleted} deleted, {counts.rows_unchanged} unchanged"
    )
