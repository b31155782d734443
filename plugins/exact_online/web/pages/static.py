"""Our scripts and styles: a fixed list of files, read once."""

from __future__ import annotations

import functools
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from exact_online.web.gate import Looker

router = APIRouter()
FOLDER = Path(__file__).parents[1] / "static"
_TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}


@router.get("/static/{name:path}")
def file(name: str, person: Looker) -> Response:
    """Return one of our files; no path of a request ever touches the disk."""
    found = _files().get(name)
    if found is None:
        raise HTTPException(404)
    return Response(found[0], media_type=found[1], headers={"Cache-Control": "private, no-cache", "ETag": found[2]})


@functools.cache
def _files() -> dict[str, tuple[bytes, str, str]]:
    import hashlib

    found = {}
    for path in FOLDER.rglob("*"):
        if path.suffix in _TYPES:
            content = path.read_bytes()
            tag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
            found[path.relative_to(FOLDER).as_posix()] = (content, _TYPES[path.suffix], tag)
    return found
