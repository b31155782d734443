"""The sandbox stands alone: what it imports is its own, the standard library's, and nothing of the pipeline's."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[2] / "sandbox"


def imports_of(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found.add(node.module or "")
    return found


def test_nothing_but_the_standard_library_is_imported():
    files = sorted(PACKAGE.rglob("*.py"))
    assert len(files) > 40
    roots = {name.split(".")[0] for path in files for name in imports_of(path)}
    assert roots - sys.stdlib_module_names == {"sandbox"}


def test_only_the_start_of_the_http_side_knows_the_books():
    outside = PACKAGE.glob("*.py")
    uses = {(path.stem, name) for path in outside for name in imports_of(path) if name.startswith("sandbox.books")}
    assert uses == {("__main__", "sandbox.books"), ("__main__", "sandbox.books.profile")}


def test_the_books_know_no_http():
    for path in (PACKAGE / "books").rglob("*.py"):
        ours = {name for name in imports_of(path) if name.split(".")[0] == "sandbox"}
        assert {name for name in ours if not name.startswith("sandbox.books")} == set(), path
