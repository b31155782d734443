"""All administrations and what a person does to them outside the API: more bookings, rights taken, settings changed.

What happens here is remembered in the store, so that the same world stands after a restart.
"""

from __future__ import annotations

import random
from datetime import date, datetime, time, timedelta
from typing import Any

from sandbox.schema import entities
from sandbox.state import Store
from sandbox.tables import Tables

Row = dict[str, Any]
_DIVISIONS = "system/Divisions"


class World:
    """The books behind the API.

    :param administrations: freshly built books; the steps in the store are played again on them.
    :param seed: makes the later life of the books as repeatable as their first.
    """

    def __init__(self, administrations: list[Any], today: date, store: Store, seed: int = 1) -> None:
        self.today = today
        self.tables = {administration.code: Tables(administration, today) for administration in administrations}
        self._store = store
        self._events = store.section("events")
        self._dice = {code: random.Random(f"{seed}/{code}") for code in self.tables}
        self._replay()

    @property
    def steps(self) -> int:
        """How many steps the books have lived on since they were built."""
        return self._events.get("steps", 0)

    def advance(self, steps: int) -> int:
        """Let all books live on and return the steps in all."""
        self._play(steps)
        with self._store.lock:
            self._events["steps"] = self.steps + steps
            self._store.save()
            return self.steps

    def suffer(self, code: int, incident: str) -> None:
        """Let an incident happen to an administration. Raises ValueError, KeyError for what is unknown."""
        if code not in self.tables:
            raise ValueError(f"no administration {code}")
        self._apply(code, incident)
        with self._store.lock:
            happened = self._events.setdefault("incidents", [])
            happened.append({"steps": self.steps, "code": code, "incident": incident})
            self._store.save()
        if incident == "move":
            moved_at = datetime.combine(self.today, time()) + timedelta(minutes=len(happened))
            self.change_division(code, {"DivisionMoveDate": moved_at.isoformat()})

    def _apply(self, code: int, incident: str) -> None:
        tables = self.tables[code]
        with tables.lock:
            tables.administration.suffer(incident, self._dice[code])
            tables.forget()

    def _replay(self) -> None:
        """Live through everything that happened before the last stop, in its order."""
        played = 0
        for each in self._events.get("incidents", []):
            if each["steps"] > played:
                self._play(each["steps"] - played)
                played = each["steps"]
            self._apply(each["code"], each["incident"])
        if self.steps > played:
            self._play(self.steps - played)

    def _play(self, steps: int) -> None:
        for code, tables in self.tables.items():
            with tables.lock:
                tables.administration.advance(steps, self._dice[code])
                tables.forget()

    def division(self, code: int) -> Row:
        """Return an administration's row of system/Divisions with the changes made since."""
        return {**self.tables[code].administration.division, **self._changes(code)}

    def change_division(self, code: int, values: Row) -> None:
        """Change fields of a row of system/Divisions; moments as ISO text. Raises ValueError for an unknown field."""
        unknown = values.keys() - entities()[_DIVISIONS].fields.keys()
        if unknown or code not in self.tables:
            raise ValueError(f"unknown field {min(unknown)}" if unknown else f"no administration {code}")
        _typed(values)
        with self._store.lock:
            changes = self._events.setdefault("division_changes", {})
            changes[str(code)] = {**changes.get(str(code), {}), **values}
            self._store.save()

    def _changes(self, code: int) -> Row:
        return _typed(self._events.get("division_changes", {}).get(str(code), {}))

    def may_access(self, code: int) -> bool:
        """Whether the user has rights on an administration at all."""
        return self.exists(code) and code not in self._events.get("no_access", [])

    def exists(self, code: int) -> bool:
        """Whether there is such an administration (still)."""
        return code in self.tables and code not in self._events.get("gone", [])

    def set_gone(self, code: int) -> None:
        """Delete an administration in Exact."""
        with self._store.lock:
            self._events["gone"] = sorted({*self._events.get("gone", []), code})
            self._store.save()

    def set_access(self, code: int, allowed: bool) -> None:
        """Take the user's right on an administration away, or give it back."""
        with self._store.lock:
            without = set(self._events.get("no_access", []))
            self._events["no_access"] = sorted(without - {code} if allowed else without | {code})
            self._store.save()


def _typed(values: Row) -> Row:
    """Turn ISO text of DateTime fields into moments."""
    edms = entities()[_DIVISIONS].fields
    return {
        name: datetime.fromisoformat(value) if edms[name] == "DateTime" and value else value
        for name, value in values.items()
    }
