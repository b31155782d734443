"""One page of a result, its envelope and the link to the next page."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from sandbox.encode import RowWriter
from sandbox.messages import Response
from sandbox.odata_literals import literal
from sandbox.odata_query import Query
from sandbox.ordering import Row, Sorted
from sandbox.schema import Entity

ATOM = "application/atom+xml; charset=utf-8"


@dataclass(frozen=True)
class Page:
    """The rows of one answer; `next_link` is absolute, `count` is of the whole result."""

    rows: list[Row]
    next_link: str | None
    count: int | None


def take_page(entity: Entity, query: Query, result: Sorted, address: str) -> Page:
    """Cut the page a query asks for out of the whole result.

    `$top` caps the total and never widens a page: a bigger one travels on in the link, less what was sent.
    """
    start = query.skip if query.skip_token is None else result.after(query.skip_token) + query.skip
    wanted = len(result.rows) - start if query.top is None else min(query.top, len(result.rows) - start)
    rows = result.rows[start : start + min(max(wanted, 0), entity.page_size)]
    link = None
    if wanted > len(rows) and rows:
        left = None if query.top is None else query.top - len(rows)
        link = _next_link(query, result, rows[-1], left, address)
    return Page(rows, link, len(result.rows) if query.counts else None)


def _next_link(query: Query, result: Sorted, last: Row, top_left: int | None, address: str) -> str:
    texts = {name: text for name, text in query.texts.items() if name not in ("$skip", "$top", "$skiptoken")}
    if top_left is not None:
        texts["$top"] = str(top_left)
    token = (literal(edm, value) for edm, value in zip(result.edms, result.token_of(last), strict=True))
    texts["$skiptoken"] = ",".join(token)
    return f"{address}?" + "&".join(f"{name}={quote(text, safe=_UNQUOTED)}" for name, text in texts.items())


#: Exact leaves these readable in its links.
_UNQUOTED = "',()$*!-._~"


def collection(entity: Entity, query: Query, page: Page, writer: RowWriter, wants_json: bool) -> Response:
    """Return a page in its envelope: a bare list when `$top` fits in one page, else `results` and `__next`."""
    if not wants_json:
        return _atom(entity, page, writer)
    rows = writer.write_all(page.rows)
    if query.top is not None and query.top <= entity.page_size and page.count is None:
        return Response(200, f'{{"d":[{rows}]}}'.encode())
    count = "" if page.count is None else f'"__count":"{page.count}",'
    link = "" if page.next_link is None else f',"__next":"{page.next_link}"'
    return Response(200, f'{{"d":{{{count}"results":[{rows}]{link}}}}}'.encode())


def entity_answer(entity: Entity, row: Row, writer: RowWriter, wants_json: bool) -> Response:
    """Return one row as an entity of its own."""
    if not wants_json:
        return _atom(entity, Page([row], None, None), writer)
    return Response(200, f'{{"d":{writer.write(row)}}}'.encode())


def _atom(entity: Entity, page: Page, writer: RowWriter) -> Response:
    """Answer a client that did not ask for JSON as Exact does: a feed, here with the ids only."""
    entries = "".join(f"<entry><id>{_xml(writer.uri(row))}</id></entry>" for row in page.rows)
    link = f'<link rel="next" href="{_xml(page.next_link)}"/>' if page.next_link else ""
    name = entity.path.rsplit("/", 1)[-1]
    return Response(
        200,
        f'<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom">'
        f'<title type="text">{name}</title>{entries}{link}</feed>'.encode(),
        ATOM,
    )


def _xml(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
