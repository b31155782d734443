"""Transaction lines as Exact sends them, written once to a file: every selected field, in Exact's encodings.

The sandbox encodes each line of its books once; copies differ in ids, entry numbers and row versions. The file holds
rows joined by commas, an index beside it where each begins. Behind the rows of a first load come two sets of changed
ones with higher versions: 1 % that all stand in the latest two periods, and 1 % spread over all years.
"""

from __future__ import annotations

import json
import os
import re
from array import array
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.books import DIVISION, LINES, Books, copies_for, entry_number_of_copy, guid_of_copy
from bench.paths import WORK
from exact_online import catalogue
from sandbox.encode import RowWriter
from sandbox.schema import entities

#: The row version before the first line.
BEFORE_FIRST = 5_300_000_000
_ADDRESS = f"https://start.exactonline.nl/api/v1/{DIVISION}/{LINES}"
_LATEST_PERIODS = ((2026, 10), (2026, 11))
#: Each change edits a line at another time.
_DAY_MILLISECONDS = 86_400_000
_FORMAT = 1


@dataclass(frozen=True)
class LineFile:
    """Where the lines are. `rows` of a first load, then `changed` ones twice: recent ones, and spread ones."""

    path: Path
    copies: int
    rows: int
    changed: int
    bytes: int

    @property
    def index(self) -> Path:
        """Where each row begins in the file, as unsigned 64-bit numbers; one more for the end."""
        return self.path.with_suffix(".index")


class _Template:
    """One line of the books as text with gaps."""

    def __init__(self, writer: RowWriter, row: dict) -> None:
        text = writer.write(row).replace("%", "%%")
        for value, gap in (
            (f'Lines({row["Timestamp"]}L)"', 'Lines(%(version)dL)"'),
            (f'"Timestamp":"{row["Timestamp"]}"', '"Timestamp":"%(version)d"'),
            (f'"ID":"{row["ID"]}"', '"ID":"%(id)s"'),
            (f'"EntryID":"{row["EntryID"]}"', '"EntryID":"%(entry)s"'),
            (f'"EntryNumber":{row["EntryNumber"]},', '"EntryNumber":%(number)d,'),
        ):
            text = _replaced(text, value, gap)
        text, found = re.subn(r'"Modified":"/Date\(\d+\)/"', '"Modified":"/Date(%(modified)d)/"', text)
        if found != 1:
            raise ValueError("a line without a moment of its last change")
        self._text = text
        self._row = row
        self._modified = int(re.findall(r'"Modified":"/Date\((\d+)\)/"', writer.write(row))[0])
        self.period = (row["FinancialYear"], row["FinancialPeriod"])

    def write(self, copy: int, version: int, edits: int = 0) -> bytes:
        row = self._row
        values = {
            "version": version,
            "id": guid_of_copy(row["ID"], copy),
            "entry": guid_of_copy(row["EntryID"], copy),
            "number": entry_number_of_copy(row["EntryNumber"], copy),
            "modified": self._modified + edits * _DAY_MILLISECONDS,
        }
        return (self._text % values).encode()


def _replaced(text: str, value: str, gap: str) -> str:
    if text.count(value) != 1:
        raise ValueError(f"a line holds {value} {text.count(value)} times")
    return text.replace(value, gap)


def line_file(lines: int) -> LineFile:
    """Return a file of at least so many lines; made now unless it was made before."""
    copies = copies_for(lines)
    path = WORK / "lines" / f"{copies}-copies-{_FORMAT}.json"
    described = path.with_suffix(".about")
    if not described.exists():
        described.parent.mkdir(parents=True, exist_ok=True)
        described.write_text(json.dumps({**asdict(_write(path, copies)), "path": str(path)}))
    return LineFile(**{**json.loads(described.read_text()), "path": path})


def _write(path: Path, copies: int) -> LineFile:
    books = Books(copies)
    writer = RowWriter(entities()[LINES], tuple(catalogue.endpoints()["transaction_lines"].fields), _ADDRESS)
    templates = [_Template(writer, row) for row in books.lines]
    rows, position, index = copies * len(templates), 0, array("Q", [0])
    unfinished = path.with_suffix(".unfinished")
    with unfinished.open("wb", buffering=1 << 20) as file:
        for row in _rows(templates, copies):
            file.write(row)
            file.write(b",")
            position += len(row) + 1
            index.append(position)
    path.with_suffix(".index").write_bytes(index.tobytes())
    os.replace(unfinished, path)
    return LineFile(path, copies, rows, (len(index) - 1 - rows) // 2, index[rows])


def _rows(templates: list[_Template], copies: int) -> Iterator[bytes]:
    version = BEFORE_FIRST
    for copy in range(copies):
        for template in templates:
            version += 1
            yield template.write(copy, version)
    recent = [template for template in templates if template.period in _LATEST_PERIODS]
    wanted = copies * len(templates) // 100
    for edits, pool in enumerate((recent, templates), start=1):
        step = max(copies * len(pool) // wanted, 1)
        for place in range(0, wanted * step, step):
            version += 1
            yield pool[place % len(pool)].write(place // len(pool) % copies, version, edits)
