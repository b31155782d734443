"""ExactOnlineHook: OAuth, token refresh and budgets of Exact Online behind one Airflow hook.

Grants live encrypted in the warehouse, not in an Airflow connection, because tasks cannot write connections and
Exact rotates the refresh token at each use. An `exact_online` connection names the app; whose grant it is, and the
token that is valid now, stands in the warehouse.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any

import msgspec
from airflow.sdk import BaseHook, conf

from exact_online import catalogue, registry
from exact_online.access import Integration, calls_left_today, open_client
from exact_online.cipher import Cipher, has_key
from exact_online.client import new_session
from exact_online.divisions import list_divisions, me, open_division
from exact_online.environments import base_url_of
from exact_online.errors import ConfigError, DataContractError, ExactOnlineError, TransientApiError

if TYPE_CHECKING:
    import psycopg
    import requests

    from exact_online.client import ExactClient


class ExactOnlineHook(BaseHook):
    """Read administrations of Exact Online; never write to it.

    With a connection of type `exact_online`, from any DAG::

        hook = ExactOnlineHook("my_exact")
        hook.administrations()
        hook.get_records("gl_accounts", administration=123456)

    :param exact_online_conn_id: the connection that names environment and app.
    :param administration_id: the registry's number of a connected administration, instead of a connection.
    :param warehouse_conn_id: the connection of the PostgreSQL warehouse that holds registry and grants.

    Raises ConfigError where a field is missing or nobody has logged in, ReauthorizationRequired where Exact revoked
    the grant. Nothing is read before the first call.
    """

    conn_name_attr = "exact_online_conn_id"
    default_conn_name = "exact_online_default"
    conn_type = "exact_online"
    hook_name = "Exact Online"

    def __init__(
        self,
        exact_online_conn_id: str = default_conn_name,
        administration_id: int | None = None,
        warehouse_conn_id: str = "warehouse",
    ) -> None:
        super().__init__()
        self.exact_online_conn_id = exact_online_conn_id
        self.administration_id = administration_id
        self.warehouse_conn_id = warehouse_conn_id
        self._clients: dict[int, ExactClient] = {}

    def get_conn(self) -> ExactClient:
        """Return the client of this administration, or of the user's own one."""
        return self.client

    @cached_property
    def warehouse(self) -> psycopg.Connection:
        """The hook's own warehouse connection, in autocommit mode."""
        return self._connect_with_autocommit()

    @cached_property
    def budgets(self) -> psycopg.Connection:
        """The connection of the clients' budgets: a page is asked for while the one before is being stored."""
        return self._connect_with_autocommit()

    @cached_property
    def session(self) -> requests.Session:
        """One HTTP session for data and token calls."""
        return new_session()

    @cached_property
    def administration(self) -> registry.Administration:
        """The administration as registered, for a hook made with `administration_id`."""
        if self.administration_id is None:
            raise ConfigError("this hook was made without an administration_id")
        return registry.administration(self.warehouse, self.administration_id)

    @property
    def client(self) -> ExactClient:
        """A client with this administration's grant and call budget."""
        if self.administration_id is not None:
            return self.client_of(self.administration.division_code)
        return self.client_of(self.integration.home_division or 0)

    @cached_property
    def integration(self) -> registry.Integration:
        """The grant of the connection's app. Raises ConfigError naming the field that is wrong."""
        base_url, client_id = self._app()
        found = [
            each
            for each in registry.integrations(self.warehouse)
            if (each.base_url, each.client_id) == (base_url, client_id)
        ]
        if not found:
            raise ConfigError(
                f"connection {self.exact_online_conn_id}: nobody has logged in to {base_url} with this client id yet: "
                f"run `python -m exact_online connect --client-id {client_id}`"
            )
        return next((each for each in found if each.state == "connected"), found[0])

    def client_of(self, administration: int) -> ExactClient:
        """Return a client for one administration.

        :param administration: Exact's code of it (division), e.g. 123456.
        """
        if administration not in self._clients:
            grant: Integration = self.integration if self.administration_id is None else self.administration
            self._clients[administration] = open_client(
                grant, administration, self.budgets, self._connect, deployment_cipher(), self.session
            )
        return self._clients[administration]

    def division(self) -> dict[str, Any]:
        """Return this administration's row of system/Divisions; raises AdministrationUnavailable with the remedy."""
        found = self.administration
        others = (self.client_of(code) for code in registry.other_divisions(self.warehouse, found))
        return open_division(self.client, others, found.division_code, found.name)

    def calls_left_today(self) -> int:
        """Return what Exact's day still grants this administration."""
        return calls_left_today(self.administration, self.administration.division_code, self.warehouse)

    def administrations(self) -> list[dict[str, Any]]:
        """Return what the user may see and granted to the app: rows of system/Divisions, as Exact sent them."""
        return list_divisions(self.client)

    def get_pages(
        self, endpoint: str, administration: int | None = None, filter_: str | None = None
    ) -> Iterator[list[dict[str, Any]]]:
        """Yield the pages of a catalogue endpoint as lists of rows, decoded but otherwise as Exact sent them.

        :param endpoint: a name of the catalogue, e.g. `gl_accounts`.
        :param administration: Exact's code of the administration; by default the hook's own.
        :param filter_: an OData filter, e.g. `Timestamp gt 0L`.
        """
        entry = catalogue.endpoints().get(endpoint)
        if entry is None:
            raise ConfigError(f"endpoint {endpoint!r} is not in the catalogue")
        client = self.client if administration is None else self.client_of(administration)
        for page in client.pages(entry.path, entry.fields, filter_):
            rows = [msgspec.json.decode(row) for row in page.rows]
            strangers = {row["Division"] for row in rows if row.get("Division") not in (None, client.division)}
            if strangers:
                raise DataContractError(
                    f"{endpoint}: rows of administration {strangers} came in answer to a call for {client.division}"
                )
            yield rows

    def get_records(
        self, endpoint: str, administration: int | None = None, filter_: str | None = None
    ) -> list[dict[str, Any]]:
        """Return all rows of a catalogue endpoint; see `get_pages` for large ones."""
        return [row for page in self.get_pages(endpoint, administration, filter_) for row in page]

    def test_connection(self) -> tuple[bool, str]:
        """Read who is logged in and what he may see; called by the button *Test* of Airflow's connection form."""
        try:
            user, administrations = me(self.client), self.administrations()
        except ExactOnlineError as exc:
            return False, str(exc)
        finally:
            self.close()
        return (
            True,
            f"Connected as {user.get('FullName') or user.get('UserName')}: {len(administrations)} administrations",
        )

    def close(self) -> None:
        """Close the warehouse connections and the HTTP session, if they were opened."""
        self._clients.clear()
        for name in ("warehouse", "budgets", "session"):
            if name in self.__dict__:
                self.__dict__.pop(name).close()

    def _app(self) -> tuple[str, str]:
        """Return base URL and client id of the connection."""
        connection = self.get_connection(self.exact_online_conn_id)
        extra = connection.extra_dejson
        try:
            base_url = base_url_of(extra.get("environment") or "nl", extra.get("base_url") or None)
        except ConfigError as exc:
            raise ConfigError(f"connection {self.exact_online_conn_id}: {exc}") from None
        client_id = (connection.login or "").strip()
        if not client_id:
            raise ConfigError(f"connection {self.exact_online_conn_id}: the client id (login) is empty")
        return base_url, client_id

    def _connect_with_autocommit(self) -> psycopg.Connection:
        connection: psycopg.Connection = self._connect()
        connection.autocommit = True
        return connection

    def _connect(self) -> Any:
        return warehouse_connection(self.warehouse_conn_id)


def warehouse_connection(conn_id: str = "warehouse") -> Any:
    """Open a connection to the warehouse an Airflow connection names."""
    # Here, because importing the provider costs every DAG parse a quarter of a second.
    import psycopg
    from airflow.providers.postgres.hooks.postgres import PostgresHook

    try:
        return PostgresHook(postgres_conn_id=conn_id).get_conn()
    except psycopg.OperationalError as exc:
        words = (str(exc).strip().splitlines() or [type(exc).__name__])[0]
        raise TransientApiError(f"the warehouse (connection {conn_id}) does not answer: {words}") from None


def warehouse_address(conn_id: str = "warehouse") -> tuple[str, str]:
    """Return (namespace, database) of the warehouse as OpenLineage names them."""
    found = BaseHook.get_connection(conn_id)
    return f"postgres://{found.host}:{found.port or 5432}", found.schema or ""


def deployment_cipher() -> Cipher:
    """Return the deployment's keys; Airflow's may stand in airflow.cfg instead of the environment."""
    return Cipher() if has_key() else Cipher(conf.get("core", "fernet_key", fallback=""))
