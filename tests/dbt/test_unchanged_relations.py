"""What stands as the project has it is left alone; what does not is made anew."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.integration
SEEDS = {
    *("account_mapping_overrides", "account_types", "asset_statuses", "journal_types", "mar_reporting_lines"),
    *("reporting_lines", "rgs", "rgs_reporting_lines", "transaction_types"),
}
VIEW, ABOVE_A_TABLE = "stg_exact_online__journals", "int_account_classifications_listed"


def seeds(warehouse) -> dict[str, int]:
    """Return the file of each seed's table: another one once it was filled anew."""
    return dict(
        warehouse.rows(
            "select relname, pg_relation_filenode(oid) from pg_class "
            "where relnamespace = 'staging'::regnamespace and relname = any(%s)",
            sorted(SEEDS),
        )
    )


def views(warehouse) -> dict[str, int]:
    return dict(
        warehouse.rows(
            "select relname, oid from pg_class where relkind = 'v' "
            "and relnamespace in ('staging'::regnamespace, 'intermediate'::regnamespace)"
        )
    )


def below_tables(manifest) -> set[str]:
    """Return the views that stand on nothing that is replaced: on sources, seeds and increments, also indirectly."""

    def stays(id_: str) -> bool:
        node = manifest["nodes"].get(id_)
        if node is None or node["resource_type"] == "seed":
            return True
        kind = node["config"]["materialized"]
        return kind == "incremental" or (kind == "view" and all(map(stays, node["depends_on"]["nodes"])))

    return {
        node["name"]
        for id_, node in manifest["nodes"].items()
        if node["resource_type"] == "model" and node["config"]["materialized"] == "view" and stays(id_)
    }


def test_a_build_of_nothing_new_makes_no_seed_and_no_view_that_can_stay(warehouse, manifest):
    warehouse.build()
    seeds_before, views_before = seeds(warehouse), views(warehouse)
    assert set(seeds_before) == SEEDS
    warehouse.build()
    assert seeds(warehouse) == seeds_before
    after = views(warehouse)
    assert set(after) == set(views_before), "those PostgreSQL dropped with the table below are there again"
    stayed = {name for name in after if after[name] == views_before[name]}
    assert stayed == below_tables(manifest)
    assert len(stayed) > 30


def test_what_is_gone_or_was_made_of_something_else_is_made_anew(warehouse):
    before = views(warehouse)
    warehouse.connection.execute(f"drop view staging.{VIEW} cascade")
    warehouse.connection.execute(
        "update intermediate.built_relations set made_of = 'another' where relation_name in ('rgs', %s)",
        (ABOVE_A_TABLE,),
    )
    seeds_before = seeds(warehouse)
    warehouse.build("--select", "+dim_journals", "+int_accounts_matched_to_rgs", "--exclude-resource-type", "test")
    assert {name for name, file in seeds(warehouse).items() if file != seeds_before[name]} == {"rgs"}
    after = views(warehouse)
    assert set(after) <= set(before)
    assert after[VIEW] != before[VIEW]
    assert after[ABOVE_A_TABLE] != before[ABOVE_A_TABLE]
    rows = warehouse.rows("select count(distinct made_of) from intermediate.built_relations where made_of = 'another'")
    assert rows == [(0,)]


def test_a_full_refresh_makes_everything_anew(warehouse):
    seeds_before = seeds(warehouse)
    warehouse.build("--select", "resource_type:seed", "--full-refresh", "--exclude-resource-type", "test")
    after = seeds(warehouse)
    assert {name for name in SEEDS if after[name] != seeds_before[name]} == SEEDS
    warehouse.build()
