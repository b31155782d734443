"""Alembic's entry point: run the revisions in one transaction, with the version table in exact_ops."""

from __future__ import annotations

from alembic import context
from sqlalchemy import create_engine, pool, text

engine = create_engine(context.config.attributes["sqlalchemy_url"], poolclass=pool.NullPool)
with engine.begin() as connection:
    connection.execute(text("create schema if not exists exact_ops"))
    context.configure(connection=connection, version_table="schema_version", version_table_schema="exact_ops")
    context.run_migrations()
