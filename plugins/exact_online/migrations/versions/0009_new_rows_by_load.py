"""Finds what the newest loads brought without reading the whole raw table, in the tables that dbt stages by increments."""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"

TABLES = ("transaction_lines", "payment_terms", "reporting_balances")


def upgrade() -> None:
    for table in TABLES:
        op.execute(f"create index {table}_load_id_idx on exact_raw.{table} (load_id)")


def downgrade() -> None:
    for table in TABLES:
        op.execute(f"drop index exact_raw.{table}_load_id_idx")
