"""What each kind of login may do in the warehouse: roles nobody logs in with, for logins to be members of. SQL only.

`exact_loader` imports, `exact_dbt` builds the marts and sees no secret, `analyst` (which dbt makes) reads them. The
owner of the schemas migrates. Granting again changes nothing.
"""

from __future__ import annotations

import psycopg
from psycopg import sql

LOADER, DBT = "exact_loader", "exact_dbt"
_CIPHERTEXTS = ("client_secret_ciphertext", "token_ciphertext")
_RELATIONS = """
select n.nspname, c.relname, c.relkind = 'v' from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
where n.nspname = any(%s) and c.relkind in ('r', 'v') order by 1, 2
"""
_LOADER = (
    "grant usage on schema exact_ops, exact_raw to exact_loader",
    "grant select, insert, update, delete on all tables in schema exact_ops, exact_raw to exact_loader",
    "grant usage on all sequences in schema exact_ops to exact_loader",
    "alter default privileges in schema exact_raw grant select, insert, update, delete on tables to exact_loader",
    "alter default privileges in schema exact_ops grant select, insert, update, delete on tables to exact_loader",
)
_DBT = (
    "grant usage on schema exact_ops, exact_raw to exact_dbt",
    "grant select on all tables in schema exact_ops, exact_raw to exact_dbt",
    "revoke select on exact_ops.integrations, exact_ops.pending_connections from exact_dbt",
    "grant insert, update on exact_ops.mart_builds to exact_dbt",
    "grant update on exact_ops.removals to exact_dbt",
    "alter default privileges in schema exact_raw grant select on tables to exact_dbt",
)


def grant(connection: psycopg.Connection) -> None:
    """Make both roles and give each what it needs, and no more. Needs the rights of the schemas' owner."""
    with connection.transaction():
        for role in (LOADER, DBT):
            if connection.execute("select from pg_roles where rolname = %s", (role,)).fetchone() is None:
                connection.execute(sql.SQL("create role {} nologin").format(sql.Identifier(role)))
        for statement in (*_LOADER, *_DBT):
            connection.execute(statement)
        _without_secrets(connection)
        _hand_over(connection)


def limit(connection: psycopg.Connection, login: str, administration_ids: list[int]) -> None:
    """Let a login see only these administrations in the marts."""
    with connection.transaction():
        connection.execute("insert into exact_ops.limited_analysts values (%s) on conflict do nothing", (login,))
        connection.execute("delete from exact_ops.analyst_administrations where login = %s", (login,))
        for id_ in administration_ids:
            connection.execute("insert into exact_ops.analyst_administrations values (%s, %s)", (login, id_))


def unlimit(connection: psycopg.Connection, login: str) -> None:
    """Let a login see all administrations again."""
    with connection.transaction():
        connection.execute("delete from exact_ops.analyst_administrations where login = %s", (login,))
        connection.execute("delete from exact_ops.limited_analysts where login = %s", (login,))


def _without_secrets(connection: psycopg.Connection) -> None:
    rows = connection.execute(
        "select column_name from information_schema.columns where table_schema = 'exact_ops' "
        "and table_name = 'integrations' and column_name <> all(%s)",
        (list(_CIPHERTEXTS),),
    ).fetchall()
    columns = sql.SQL(", ").join(sql.Identifier(name) for (name,) in rows)
    connection.execute(sql.SQL("grant select ({}) on exact_ops.integrations to exact_dbt").format(columns))


def _hand_over(connection: psycopg.Connection) -> None:
    """Give dbt the database to make schemas in, and what another login built before."""
    (database,) = connection.execute("select current_database()").fetchone() or ("",)
    connection.execute(sql.SQL("grant create on database {} to exact_dbt").format(sql.Identifier(database)))
    built = ["staging", "intermediate", "marts"]
    for schema, name, is_view in connection.execute(_RELATIONS, (built,)).fetchall():
        kind = sql.SQL("view" if is_view else "table")
        statement = sql.SQL("alter {} {} owner to exact_dbt").format(kind, sql.Identifier(schema, name))
        connection.execute(statement)
    for (schema,) in connection.execute(
        "select nspname from pg_namespace where nspname = any(%s)", (built,)
    ).fetchall():
        connection.execute(sql.SQL("alter schema {} owner to exact_dbt").format(sql.Identifier(schema)))
