"""A connection to the warehouse for the length of a request, and the administration a route is about."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

import psycopg
from starlette.exceptions import HTTPException

from exact_online import overview, registry, warehouse
from exact_online.overview import Situation
from exact_online.web.gate import Permission, Person


@contextmanager
def opened() -> Iterator[psycopg.Connection]:
    """Give an autocommit connection."""
    with closing(warehouse.connect(autocommit=True)) as connection:
        yield connection


def situation_of(
    connection: psycopg.Connection, person: Person, administration_id: int, permission: Permission = Permission.LOOK
) -> Situation:
    """Return an administration the person may do this with; one they may not even see does not exist for them."""
    found = overview.situation(connection, administration_id)
    if found is None or not person.visible([found]):
        raise HTTPException(404)
    person.require(permission, found.dag_id)
    return found


def integration_of(connection: psycopg.Connection, integration_id: int) -> registry.Integration:
    """Return an integration, or answer that there is none."""
    for each in registry.integrations(connection):
        if each.integration_id == integration_id:
            return each
    raise HTTPException(404)
