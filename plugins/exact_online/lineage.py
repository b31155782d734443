"""Which data came from where, in OpenLineage's words. Airflow sends it, where a transport is configured.

Names follow OpenLineage's own conventions: a PostgreSQL table is `database.schema.table` at `postgres://host:port`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from exact_online import catalogue

if TYPE_CHECKING:
    from airflow.providers.openlineage.extractors import OperatorLineage


def of_loads(
    warehouse: tuple[str, str], base_url: str, division_code: int, endpoints: Iterable[str]
) -> OperatorLineage[Any, Any]:
    """Return the resources of Exact that were read and the raw tables that were written.

    :param warehouse: (namespace, database) of the warehouse.
    """
    known = catalogue.endpoints()
    names = list(endpoints)
    read = [(base_url, known[name].path.format(division=division_code)) for name in names]
    return _lineage(read, [_table(warehouse, "exact_raw", name) for name in names])


def of_build(
    warehouse: tuple[str, str], read: Iterable[tuple[str, str]], built: Iterable[tuple[str, str]]
) -> OperatorLineage[Any, Any]:
    """Return the tables that dbt read and built, each given as (schema, name)."""
    return _lineage([_table(warehouse, *each) for each in read], [_table(warehouse, *each) for each in built])


def _table(warehouse: tuple[str, str], schema: str, name: str) -> tuple[str, str]:
    namespace, database = warehouse
    return namespace, f"{database}.{schema}.{name}"


def _lineage(read: list[tuple[str, str]], written: list[tuple[str, str]]) -> OperatorLineage[Any, Any]:
    from airflow.providers.common.compat.openlineage.facet import Dataset
    from airflow.providers.openlineage.extractors import OperatorLineage

    return OperatorLineage(
        inputs=[Dataset(namespace=namespace, name=name) for namespace, name in read],
        outputs=[Dataset(namespace=namespace, name=name) for namespace, name in written],
    )
