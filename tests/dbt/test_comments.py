"""What the yml says of tables and columns stands in PostgreSQL, where analysts' tools show it."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.integration
COMMENTS = """
with tables as (
    select oid, relname from pg_class
    where relkind in ('r', 'v') and relnamespace::regnamespace::text in ('staging', 'intermediate', 'marts')
)
select relname, attname, coalesce(col_description(tables.oid, attnum), '')
from tables inner join pg_attribute on attrelid = tables.oid and attnum > 0 and not attisdropped
union all
select relname, '', coalesce(obj_description(oid, 'pg_class'), '') from tables
"""


def documented(manifest) -> set[tuple[str, str, str]]:
    models = [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]
    return {(node["name"], "", node["description"]) for node in models} | {
        (node["name"], column["name"], column["description"]) for node in models for column in node["columns"].values()
    }


def test_every_table_and_column_carries_what_is_documented(warehouse, manifest):
    wanted = documented(manifest)
    found = {each for each in warehouse.rows(COMMENTS) if each[:2] in {place[:2] for place in wanted}}
    assert found == wanted
    assert {text for name, column, text in wanted if name.startswith(("dim_", "fct_", "rpt_")) and not text} == set()
