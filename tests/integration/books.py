"""An administration of the sandbox behind a real server, connected, and its books beside what is stored of them."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import psycopg

from exact_online import catalogue, registry, warehouse
from exact_online.cipher import Cipher
from exact_online.client import new_session
from exact_online.extract import Run
from exact_online.oauth import App, Token
from sandbox.books.administration import build
from sandbox.books.profile import PROFILES
from sandbox.settings import CLIENT_ID, CLIENT_SECRET, REDIRECT_URI
from tests.integration.importing import FAILED, LOADED, import_administration, open_run
from tests.sandbox.serving import LINES, Running, serving

ROOT = Path(__file__).resolve().parents[2]
#: The day of the books: a Wednesday well within a fiscal year.
BOOKS_DAY = date(2026, 11, 25)


@dataclass
class Books:
    """One administration: the sandbox that keeps its books, and the warehouse that copies them."""

    exact: Running
    connection: psycopg.Connection
    administration_id: int
    code: int
    runs: int = 0
    deaths: int = 0
    said: list[str] = field(default_factory=list)

    @contextmanager
    def run(self, **params: Any) -> Iterator[Run]:
        """Give a run of its own in this process."""
        self.runs += 1
        with closing(new_session()) as session, closing(warehouse.connect(autocommit=True)) as budgets:
            yield open_run(
                self.connection, budgets, session, self.administration_id, f"run-{self.runs}", self.exact.url, **params
            )

    def sync(self, **params: Any) -> list[str]:
        """Import once in this process; return the steps that failed."""
        with self.run(**params) as run:
            return import_administration(run)

    def sync_with_deaths(self, kills: int, rng: random.Random, longest: float = 1.0) -> int:
        """Import in processes of their own, killing so many of them within `longest` seconds of their work.

        Repeats until one ends well, as Airflow does; returns how the last one ended.
        """
        self.runs += 1
        command = [sys.executable, "-m", "tests.integration.importing"]
        command += [str(self.administration_id), f"run-{self.runs}", self.exact.url]
        environment = {**os.environ, "PYTHONPATH": "plugins:."}
        killed = 0
        for _ in range(kills + 8):
            with subprocess.Popen(
                command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
            ) as process:
                if killed < kills:
                    process.stdout.readline()
                    time.sleep(rng.random() * longest)
                    if process.poll() is None:
                        process.send_signal(signal.SIGKILL)
                        killed += 1
                self.said.append(process.communicate(timeout=300)[1])
            if process.returncode == LOADED:
                break
            if process.returncode not in (-signal.SIGKILL, FAILED):
                raise AssertionError(self.said[-1])
        self.deaths += killed
        return process.returncode

    def advance(self, steps: int) -> None:
        """Let the books live on."""
        self.exact.control("advance", steps=steps)

    def suffer(self, incident: str) -> None:
        """Let an incident happen that nobody announces."""
        self.exact.control("incidents", code=self.code, incident=incident)

    def calls(self) -> int:
        """Return the data calls the sandbox has answered."""
        return self.exact.sandbox.calls.report()["total"]

    def let_days_pass(self, days: int) -> None:
        """Make everything that was loaded so many days older; the clock itself stands."""
        for table, columns in (
            ("loads", ("started_at", "finished_at")),
            ("reconciliations", ("compared_at",)),
        ):
            sets = ", ".join(f"{column} = {column} - interval '{days} days'" for column in columns)
            self.connection.execute(f"update exact_ops.{table} set {sets}")

    def stored(self, endpoint: str) -> dict[str, dict[str, Any]]:
        """Return the live rows of a raw table; fields Exact's other service does not send are not compared."""
        rows = self.connection.execute(
            f"select id, payload from exact_raw.{endpoint} where administration_id = %s and deleted_at is null",
            (self.administration_id,),
        )
        return {id_: _comparable(payload) for id_, payload in rows}

    def in_exact(self, endpoint: catalogue.Endpoint) -> dict[str, dict[str, Any]]:
        """Return the rows Exact has, read page by page without any code of the plugin."""
        path = endpoint.path.format(division=self.code)
        name = endpoint.path.replace("{division}/", "")
        if any(name.startswith(prefix) for prefix in self._administration.unavailable):
            return {}
        filter_ = "&$filter=Timestamp gt 0L" if endpoint.is_sync else ""
        pages = self.exact.pages(f"{path}?$select={','.join(endpoint.fields)}{filter_}")
        rows = [row for page in pages for row in page]
        return {"|".join(str(row[name]).strip() for name in endpoint.key): _comparable(row) for row in rows}

    @property
    def _administration(self) -> Any:
        return self.exact.sandbox.world.tables[self.code].administration


def _comparable(row: dict[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in row.items() if name not in ("__metadata", "Timestamp")}
    return json.loads(json.dumps(kept), parse_float=str)


def inflate(administration: Any, lines: int) -> None:
    """Repeat all entries until there are so many lines, each with ids and a version of its own."""
    table = administration.tables[LINES]
    store = administration._book.store
    originals = list(table.values())
    while len(table) < lines:
        entries: dict[str, str] = {}
        for row in originals:
            copy = {**row, "ID": store.guid(), "EntryID": entries.setdefault(row["EntryID"], store.guid())}
            copy["Timestamp"] = store.version()
            table[copy["ID"]] = copy


@contextmanager
def books_of(
    directory: Path, connection: psycopg.Connection, seed: int, lines: int | None = None, **settings: Any
) -> Iterator[Books]:
    """Build the small books of one administration (which one, the seed decides), serve and connect them.

    :param lines: repeat their entries until there are so many.
    """
    profile = PROFILES[seed % len(PROFILES)]
    administration = build(profile, seed, "small", BOOKS_DAY)
    if lines:
        inflate(administration, lines)
    with serving(directory, [administration], **settings) as exact:
        exact.time.seconds = time.time()
        exact.connect()
        app = App(exact.url, CLIENT_ID, CLIENT_SECRET, REDIRECT_URI)
        token = Token(exact.access_token, exact.refresh_token, datetime.now(UTC))
        me = {"UserID": "u", "CurrentDivision": profile.code}
        integration_id = registry.finish_login(connection, Cipher(), "nl", app, token, me)
        division = {"Code": profile.code, "Description": profile.name, "Currency": profile.currency}
        (administration_id,) = registry.select_administrations(connection, integration_id, "nl", [division])
        yield Books(exact, connection, administration_id, profile.code)


def differences(books: Books) -> dict[str, str]:
    """Return, per endpoint whose copy is not what Exact has, what is wrong with it."""
    found = {}
    with books.run() as run:
        books.exact.access_token = run.client._tokens.access_token()  # the one in use by now
    for endpoint in catalogue.endpoints().values():
        if endpoint.name == catalogue.DELETIONS:
            continue
        stored, exact = books.stored(endpoint.name), books.in_exact(endpoint)
        if stored != exact:
            missing, surplus = sorted(set(exact) - set(stored)), sorted(set(stored) - set(exact))
            others = [id_ for id_ in set(stored) & set(exact) if stored[id_] != exact[id_]]
            found[endpoint.name] = f"missing {missing[:3]}, surplus {surplus[:3]}, different {others[:3]}"
    return found
