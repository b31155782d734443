"""Periods whose lines were stored before periods were kept: without them an unchanged year was never compared."""

from __future__ import annotations

from alembic import op
from sqlalchemy import text

revision = "0006"
down_revision = "0005"

PERIODS = """
insert into exact_ops.touched_periods (administration_id, fiscal_year, fiscal_period, load_id)
select administration_id, (payload ->> 'FinancialYear')::int, (payload ->> 'FinancialPeriod')::int, max(load_id)
from exact_raw.transaction_lines
where payload ->> 'FinancialYear' is not null and payload ->> 'FinancialPeriod' is not null
group by 1, 2, 3
on conflict (administration_id, fiscal_year, fiscal_period) do nothing
"""


def upgrade() -> None:
    has_lines = op.get_bind().execute(text("select to_regclass('exact_raw.transaction_lines') is not null")).scalar()
    if has_lines:
        op.execute(PERIODS)


def downgrade() -> None:
    """Keep the rows: the older version reads and writes the same table."""
