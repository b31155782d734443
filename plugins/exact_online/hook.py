"""ExactOnlineHook: OAuth, token refresh and budgets of Exact Online behind one Airflow hook.

Grants live encrypted in the warehouse, not in an Airflow connection, because tasks cannot write connections and
Exact rotates the refresh token at each use. The hook therefore needs one connection: the warehouse.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any

import msgspec
from airflow.sdk import BaseHook, conf

from exact_online import catalogue, registry
from exact_online.access import open_client
from exact_online.cipher import Cipher, has_key
from exact_online.client import ExactClient, new_session
from exact_online.divisions import list_divisions

if TYPE_CHECKING:
    import psycopg
    import requests


class ExactOnlineHook(BaseHook):
    """Read one connected administration of Exact Online.

    :param administration_id: the registry's number of the administration (see `python -m exact_online status`).
    :param warehouse_conn_id: the Airflow connection of the PostgreSQL warehouse that holds registry and grants.

    Raises ConfigError where the administration is not connected, ReauthorizationRequired where Exact revoked the
    grant. Nothing is read before the first call.
    """

    conn_name_attr = "warehouse_conn_id"
    default_conn_name = "warehouse"
    conn_type = "exact_online"
    hook_name = "Exact Online"

    def __init__(self, administration_id: int, warehouse_conn_id: str = default_conn_name) -> None:
        super().__init__()
        self.administration_id = administration_id
        self.warehouse_conn_id = warehouse_conn_id

    def get_conn(self) -> ExactClient:
        """Return the client of this administration."""
        return self.client

    @cached_property
    def warehouse(self) -> psycopg.Connection:
        """The hook's own warehouse connection, in autocommit mode."""
        connection = self._connect()
        connection.autocommit = True
        return connection

    @cached_property
    def session(self) -> requests.Session:
        """One HTTP session for data and token calls."""
        return new_session()

    @cached_property
    def administration(self) -> registry.Administration:
        """The administration as registered."""
        return registry.administration(self.warehouse, self.administration_id)

    @cached_property
    def client(self) -> ExactClient:
        """A client with this administration's grant and call budget."""
        found = self.administration
        return open_client(found, found.division_code, self.warehouse, self._connect, self._cipher(), self.session)

    def get_pages(self, endpoint: str, filter_: str | None = None) -> Iterator[list[dict[str, Any]]]:
        """Yield the pages of a catalogue endpoint as lists of rows, decoded but otherwise as Exact sent them.

        :param endpoint: a name of the catalogue, e.g. `gl_accounts`.
        :param filter_: an OData filter, e.g. `Timestamp gt 0L`.
        """
        entry = catalogue.endpoints()[endpoint]
        for page in self.client.pages(entry.path, entry.fields, filter_):
            yield [msgspec.json.decode(row) for row in page.rows]

    def get_records(self, endpoint: str, filter_: str | None = None) -> list[dict[str, Any]]:
        """Return all rows of a catalogue endpoint; see `get_pages` for large ones."""
        return [row for page in self.get_pages(endpoint, filter_) for row in page]

    def divisions(self) -> list[dict[str, Any]]:
        """Return the rows of system/Divisions: what the user may see and granted to the app."""
        return list_divisions(self.client)

    def close(self) -> None:
        """Close the warehouse connection and the HTTP session, if they were opened."""
        for name in ("warehouse", "session"):
            if name in self.__dict__:
                self.__dict__.pop(name).close()

    def _connect(self) -> Any:
        # Here, because importing the provider costs every DAG parse a quarter of a second.
        from airflow.providers.postgres.hooks.postgres import PostgresHook

        return PostgresHook(postgres_conn_id=self.warehouse_conn_id).get_conn()

    def _cipher(self) -> Cipher:
        # Airflow's key may stand in airflow.cfg instead of the environment.
        return Cipher() if has_key() else Cipher(conf.get("core", "fernet_key", fallback=""))
