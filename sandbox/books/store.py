"""The tables of one administration: rows in, rows out, row versions and the delete log.

Knows nothing of accounting. Every insert and change takes the next row version of the administration's one
counter, every removal leaves a row in sync/Deleted, as Exact's sync endpoints promise.
"""

from __future__ import annotations

import hashlib
import random
from datetime import date, datetime, time, timedelta
from typing import Any

from sandbox.books.profile import Profile
from sandbox.books.rows import Row, blank, key_of

DELETED = "sync/Deleted"
FIRST_VERSION = 5_300_000_000  # above 2^31: a cursor kept in 32 bits must fail here
PEOPLE = ("Anouk de Wit", "Jürgen Öztürk", "S. O'Neill")


class Store:
    """Rows by path and key, with versions, moments and identifiers handed out deterministically."""

    def __init__(self, profile: Profile, seed: int, today: date) -> None:
        self.division = profile.code
        self.today = today
        self.tables: dict[str, dict[str, Row]] = {}
        self._version = FIRST_VERSION + profile.code % 1000 * 1_000_000
        self._prefix = f"{seed}:{profile.code}:".encode()
        self._guids = 0
        self._moments = random.Random(f"{seed}:{profile.code}:moments")
        self._templates: dict[str, Row] = {}
        self.people = [(self.guid(), name) for name in PEOPLE]

    @property
    def last_version(self) -> int:
        """The newest row version: when it stands still, nothing changed."""
        return self._version

    def guid(self) -> str:
        """Hand out the next identifier; the order of calls decides it, no clock and no global state."""
        self._guids += 1
        text = hashlib.blake2b(self._prefix + str(self._guids).encode(), digest_size=16).hexdigest()
        return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"

    def version(self) -> int:
        """Hand out the next row version; gaps as in a shared database."""
        self._version += self._moments.randint(1, 9)
        return self._version

    def restart_versions(self, version: int) -> None:
        """Hand out versions from another number on, as after a move."""
        self._version = version

    def moment(self, day: date) -> datetime:
        """Choose a moment of a working day, naive local wall time, with milliseconds like Exact."""
        seconds = self._moments.randint(7 * 3600, 22 * 3600)
        return datetime.combine(day, time()) + timedelta(seconds=seconds, milliseconds=self._moments.randint(0, 999))

    def table(self, path: str) -> dict[str, Row]:
        """Return the rows of a path by key."""
        return self.tables.setdefault(path, {})

    def insert(self, path: str, day: date, values: dict[str, Any]) -> Row:
        """Add a row made on a day; fields not given are empty, the ID is handed out when missing."""
        row = self._template(path).copy()
        moment = self.moment(day)
        person = self.people[self._moments.randint(0, 2)]
        if "Created" in row:
            row["Created"] = row["Modified"] = moment
        if "Creator" in row:
            row["Creator"], row["CreatorFullName"] = person
            row["Modifier"], row["ModifierFullName"] = person
        row.update(values)
        if "ID" in row and row["ID"] is None:
            row["ID"] = self.guid()
        if "Timestamp" in row:
            row["Timestamp"] = self.version()
        self.table(path)[key_of(path, row)] = row
        return row

    def change(self, row: Row, day: date, values: dict[str, Any]) -> Row:
        """Edit a row in place: new values, a later Modified and a new row version."""
        row.update(values)
        row["Modified"] = max(self.moment(day), row["Created"])
        row["Modifier"], row["ModifierFullName"] = self.people[self._moments.randint(0, 2)]
        if "Timestamp" in row:
            row["Timestamp"] = self.version()
        return row

    def remove(self, path: str, key: str, day: date, entity_type: int) -> Row:
        """Delete a row and log it; returns the log row."""
        del self.table(path)[key]
        return self.log_deletion(key, day, entity_type)

    def log_deletion(self, key: str, day: date, entity_type: int) -> Row:
        """Write a row of the delete log."""
        values = {
            "Timestamp": self.version(),
            "ID": self.guid(),
            "Division": self.division,
            "EntityKey": key,
            "EntityType": entity_type,
            "DeletedDate": self.moment(day),
            "DeletedBy": self.people[0][0],
        }
        row = blank(DELETED)
        row.update(values)
        self.table(DELETED)[row["ID"]] = row
        return row

    def _template(self, path: str) -> Row:
        if path not in self._templates:
            row = blank(path)
            if "Division" in row:
                row["Division"] = self.division
            self._templates[path] = row
        return self._templates[path]
