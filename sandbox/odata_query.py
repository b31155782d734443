"""The query options of one call, checked against the documented fields. Reads no rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sandbox.messages import Refused
from sandbox.odata_filter import Filter, compile_filter
from sandbox.odata_literals import literals
from sandbox.schema import Entity

SELECT_NEEDED = "Please add a $select or a $top=1 statement to the query string."
_KNOWN = {"$select", "$filter", "$orderby", "$top", "$skip", "$skiptoken", "$inlinecount"}


@dataclass(frozen=True)
class Query:
    """What is asked of a collection. `texts` holds the options as given, for the link to the next page."""

    select: tuple[str, ...] | None = None
    filter: Filter | None = None
    order_by: str | None = None
    descending: bool = False
    top: int | None = None
    skip: int = 0
    skip_token: tuple[Any, ...] | None = None
    counts: bool = False
    texts: dict[str, str] = field(default_factory=dict)


def parse_query(entity: Entity, parameters: list[tuple[str, str]], single: bool = False) -> Query:
    """Check and read the options; options that are not OData's are ignored, as Exact does.

    :param single: one entity by key is asked, which never needs a `$select`.
    """
    texts = _texts(parameters)
    select = _select(entity, texts.get("$select"))
    top, skip = _whole(texts, "$top"), _whole(texts, "$skip")
    if entity.needs_select and select is None and top != 1 and not single:
        raise Refused(400, SELECT_NEEDED)
    if skip is not None and (entity.is_sync or entity.is_bulk):
        raise Refused(400, "The $skip parameter is not supported for this resource")
    order_by, descending = _order(entity, texts.get("$orderby"))
    counts = texts.get("$inlinecount", "none")
    if counts not in ("none", "allpages"):
        raise Refused(400, "Unknown $inlinecount option, only 'allpages' and 'none' are supported.")
    token = tuple(literals(texts["$skiptoken"])) if "$skiptoken" in texts else None
    return Query(
        select=select,
        filter=compile_filter(entity, texts["$filter"]) if texts.get("$filter", "").strip() else None,
        order_by=order_by,
        descending=descending,
        top=top,
        skip=skip or 0,
        skip_token=token,
        counts=counts == "allpages",
        texts=texts,
    )


def _texts(parameters: list[tuple[str, str]]) -> dict[str, str]:
    texts: dict[str, str] = {}
    for name, value in parameters:
        if not name.startswith("$"):
            continue
        if name == "$expand":
            raise Refused(400, "The $expand parameter is not supported for this resource")
        if name not in _KNOWN:
            raise Refused(
                400,
                f"The query parameter '{name}' begins with a system-reserved '$' character but is not recognized.",
            )
        if name in texts:
            raise Refused(400, f"Query parameter '{name}' is specified, but it should be specified exactly once.")
        texts[name] = value
    return texts


def _select(entity: Entity, text: str | None) -> tuple[str, ...] | None:
    """Return the fields to send in Exact's own order: key fields always, the rest as selected; None means all."""
    if text is None or not text.strip():
        return None
    names = {name.strip() for name in text.split(",")}
    if "*" in names:
        if entity.path == "sync/Financial/GLClassifications":
            raise Refused(400, "The $select=* parameter is not supported for this resource")
        return tuple(entity.fields)
    unknown = sorted(names - entity.fields.keys())
    if unknown:
        raise Refused(400, f"Could not find a property named '{unknown[0]}' on type '{entity.type_name}'.")
    return tuple(name for name in entity.fields if name in names or name in entity.key)


def _order(entity: Entity, text: str | None) -> tuple[str | None, bool]:
    if text is None or not text.strip():
        return None, False
    words = text.split()
    if entity.is_sync or "," in text or len(words) > 2 or (len(words) == 2 and words[1] not in ("asc", "desc")):
        raise Refused(400, "This $orderby parameter is not supported for this resource")
    if entity.fields.get(words[0], "Collection") in ("Collection", "Binary"):
        raise Refused(400, f"No property '{words[0]}' exists in type '{entity.type_name}' at position 0.")
    return words[0], words[-1] == "desc"


def _whole(texts: dict[str, str], name: str) -> int | None:
    text = texts.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Refused(400, f"Incorrect format for {name} argument '{text}'.")
    return int(text)
