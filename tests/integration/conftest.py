"""A connected administration, and the recipe running against scripted answers of Exact."""

from __future__ import annotations

import json

import psycopg
import pytest

from exact_online.client import ExactClient
from exact_online.extract import Run
from tests.conftest import DIVISION
from tests.fakes import Answer, FakeExact

BASE = "http://exact.test"


class OneToken:
    """A token that always works."""

    def access_token(self, rejected=None):
        return "token"


class NoLimit:
    """A budget without end."""

    def take(self):
        pass

    def observe(self, headers):
        pass


def page_of(rows: list[dict], next_link: str | None = None) -> Answer:
    """Return rows in Exact's envelope."""
    content = {"d": {"results": rows, **({"__next": next_link} if next_link else {})}}
    return Answer(200, json.dumps(content).encode())


@pytest.fixture
def run(connection: psycopg.Connection, administration_id):
    """Return a function that makes a Run whose client gets the given answers."""

    def make(*answers: Answer | Exception, full_refresh: bool = False) -> Run:
        exact = FakeExact(list(answers))
        client = ExactClient(BASE, DIVISION, OneToken(), NoLimit(), exact.session(), sleep=lambda seconds: None)
        made = Run(connection, client, administration_id, "run-1", full_refresh)
        object.__setattr__(made, "exact", exact)
        return made

    return make


@pytest.fixture
def stored(connection, administration_id):
    """Return a function that gives the live rows of a raw table: {id: payload}."""

    def read(endpoint: str, live: bool = True) -> dict[str, dict]:
        return dict(
            connection.execute(
                f"select id, payload from exact_raw.{endpoint} "
                "where administration_id = %s and (deleted_at is null) = %s",
                (administration_id, live),
            ).fetchall()
        )

    return read
