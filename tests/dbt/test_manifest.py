"""The rules of the dbt project, read from dbt's own manifest: no database needed."""

from __future__ import annotations

import re
import tomllib

import pytest

from tests.dbt.project import PROJECT_DIR, ROOT

pytestmark = pytest.mark.integration
CATALOGUE = tomllib.loads((ROOT / "plugins/exact_online/catalogue.toml").read_text(encoding="utf-8"))["endpoints"]
ENDPOINTS = {endpoint["name"] for endpoint in CATALOGUE}
SELECTORS = ("staging", "marts", "proof")
LAYERS = ("staging", "intermediate", "marts")
AREAS = ("dimensions", "general_ledger", "outstanding_items", "fixed_assets")
MARTS = {
    "dim_administrations", "dim_cost_centers", "dim_cost_units", "dim_dates", "dim_fiscal_periods", "dim_fixed_assets",
    "dim_gl_accounts", "dim_journals", "dim_projects", "dim_relations", "dim_reporting_lines", "map_gl_accounts",
    "fct_fixed_asset_depreciation", "fct_fixed_asset_movements", "fct_gl_axis_balances", "fct_gl_balances",
    "fct_gl_transaction_lines", "fct_outstanding_items", "rpt_account_mapping_coverage", "rpt_balance_sheet",
    "rpt_cash_flow", "rpt_fixed_asset_roll_forward", "rpt_outstanding_ageing", "rpt_payment_behaviour",
    "rpt_profit_and_loss", "rpt_profit_and_loss_by_axis", "rpt_reconciliation", "rpt_trial_balance",
}  # fmt: skip


def models(manifest: dict, layer: str) -> dict[str, dict]:
    """Return the models of a layer by name."""
    return {
        node["name"]: node
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["fqn"][1] == layer
    }


def generic_tests(manifest: dict, unique_id: str, name: str) -> list[dict]:
    """Return the generic tests of a name on a node."""
    return [
        node
        for node in manifest["nodes"].values()
        if node.get("attached_node") == unique_id and (node.get("test_metadata") or {}).get("name") == name
    ]


def test_names_are_the_catalogues_everywhere(manifest):
    sources = {source["name"] for source in manifest["sources"].values() if source["source_name"] == "exact_raw"}
    staged = {
        name.removeprefix("stg_exact_online__")
        for name in models(manifest, "staging")
        if name.startswith("stg_exact_online__")
    }
    assert (sources, staged) == (ENDPOINTS, ENDPOINTS)


def test_sources_are_stale_by_the_schedule_they_are_read_on(manifest):
    bounds = {
        source["name"]: (source["freshness"]["warn_after"]["period"], source["freshness"]["error_after"]["count"])
        for source in manifest["sources"].values()
        if source["source_name"] == "exact_raw"
    }
    weekly = {endpoint["name"] for endpoint in CATALOGUE if endpoint.get("is_reference")}
    assert len(weekly) > 3
    assert bounds == {name: ("day", 15) if name in weekly else ("hour", 50) for name in ENDPOINTS}


def test_exposures_say_who_owns_them_and_read_marts_only(manifest):
    exposures = list(manifest["exposures"].values())
    assert len(exposures) >= 2
    for exposure in exposures:
        assert exposure["owner"]["email"] and exposure["url"] and exposure["maturity"], exposure["name"]
        read = {manifest["nodes"][parent]["name"] for parent in exposure["depends_on"]["nodes"]}
        assert read and read <= MARTS, exposure["name"]


def test_exposures_hold_every_mart_that_is_read(manifest):
    files = {
        "questions_of_analysts": [ROOT / "README.md"],
        "demo_summary": [ROOT / "stack/summary.py"],
        "pages_in_airflow": [*(ROOT / "plugins/exact_online").rglob("*.py")],
    }
    found = {}
    for name, paths in files.items():
        text = " ".join(path.read_text(encoding="utf-8") for path in paths)
        found[name] = set(re.findall(r"\b(?:from|join)\s+marts\.(\w+)", text.partition("## Operations")[0])) & MARTS
    assert found == {
        exposure["name"]: {manifest["nodes"][parent]["name"] for parent in exposure["depends_on"]["nodes"]}
        for exposure in manifest["exposures"].values()
    }


def test_everything_belongs_to_a_group_with_an_owner(manifest):
    assert manifest["groups"]["group.exact_online.finance"]["owner"]["name"]
    nodes = [node for node in manifest["nodes"].values() if node["resource_type"] in ("model", "seed")]
    assert {node["group"] for node in nodes} == {"finance"}
    access = {layer: {node["access"] for node in models(manifest, layer).values()} for layer in LAYERS}
    assert access == {"staging": {"protected"}, "intermediate": {"protected"}, "marts": {"public"}}


def test_the_marts_are_complete(manifest):
    assert set(models(manifest, "marts")) == MARTS


def test_every_model_says_its_grain_and_tests_its_key(manifest):
    nodes = [node for node in manifest["nodes"].values() if node["resource_type"] in ("model", "seed")]
    assert len(nodes) > len(ENDPOINTS) + len(MARTS)
    assert [node["name"] for node in nodes if "Grain" not in node["description"]] == []
    keyless = {node["name"] for node in nodes if not key_of(manifest, node) and not is_staging_view(node)}
    assert keyless == {
        # one to one with a staging table and a seed, whose keys are constraints
        *("int_ledger_lines_classified", "int_term_lines_found"),
        # grouped by their key
        *("int_invoices_paid", "int_invoices_summed"),
        # their rows are those of rpt_reconciliation, whose key holds their names
        *(name for name in models(manifest, "intermediate") if name.endswith(("_compared", "_compared_with_exact"))),
        *("int_entries_balanced", "int_reports_compared_with_ledger", "int_parents_found"),
    }


def key_of(manifest, node) -> list[str]:
    """Return the key a model declares: a constraint, or for a view its test."""
    for constraint in node.get("constraints") or node["config"]["meta"].get("constraints") or []:
        if constraint["type"] in ("primary_key", "unique"):
            return constraint["columns"]
    return [
        column
        for test in generic_tests(manifest, node["unique_id"], "unique_combination")
        for column in test["test_metadata"]["kwargs"]["columns"]
    ]


def is_staging_view(node) -> bool:
    return node["config"]["materialized"] == "view" and node["name"].startswith("stg_")


def test_the_keys_of_all_staging_views_are_asked_for(manifest):
    (test,) = [node for node in manifest["nodes"].values() if node["name"] == "keys_of_staging_views_are_unique"]
    views = {id_ for id_, node in manifest["nodes"].items() if is_staging_view(node)}
    assert len(views) > 30
    assert set(test["depends_on"]["nodes"]) == views


def test_a_test_that_looks_at_what_is_unproven_says_so(manifest):
    """`note_proofs` finds them by their tag: one without it would be taken for a test that has passed."""
    asks = {"unproven(": "unproven", "staging_proven_up_to(": "unproven_loads"}
    tests = [node for node in manifest["nodes"].values()
             if node["resource_type"] == "test" and not node.get("test_metadata")]  # fmt: skip
    wanted = {(node["name"], tag) for node in tests for ask, tag in asks.items() if ask in node["raw_code"]}
    assert len(wanted) == 4
    assert {(node["name"], tag) for node in tests for tag in node["tags"]} == wanted


def test_every_column_of_staging_and_marts_is_described(manifest):
    nodes = [*models(manifest, "staging").values(), *models(manifest, "marts").values()]
    missing = [f"{node['name']}.{column['name']}" for node in nodes for column in node["columns"].values()
               if not column["description"]]  # fmt: skip
    assert missing == []
    assert all(node["columns"] for node in nodes)


def test_layers_read_only_what_is_below_them(manifest):
    below = {"staging": {"source"}, "intermediate": {"staging", "intermediate", "marts", "seed"}}
    below["marts"] = below["intermediate"]
    wrong = []
    for layer, allowed in below.items():
        for node in models(manifest, layer).values():
            for parent in node["depends_on"]["nodes"]:
                kind = parent.split(".")[0]
                found = manifest["nodes"][parent]["fqn"][1] if kind == "model" else kind
                if found not in allowed:
                    wrong.append(f"{node['name']} reads {parent}")
    assert wrong == []


def test_staging_reads_its_own_table_and_no_other(manifest):
    for name, node in models(manifest, "staging").items():
        source, table = name.removeprefix("stg_").split("__")
        schema = {"exact_online": "exact_raw", "exact_ops": "exact_ops"}[source]
        others = set(node["depends_on"]["nodes"]) - {f"source.exact_online.{schema}.{table}"}
        # which loads have ended is what a large table needs to know to parse each payload once
        large = node["config"]["materialized"] == "incremental"
        assert others == ({"source.exact_online.exact_ops.loads"} if large else set()), name


def test_marts_have_enforced_contracts_and_the_administration_first(manifest):
    for name, node in models(manifest, "marts").items():
        assert node["contract"]["enforced"], name
        assert node["access"] == "public", name
        assert next(iter(node["columns"])) == "administration_id", name
        assert key_of(manifest, node)[0] == "administration_id", name


def test_every_join_of_a_reference_holds_the_administration(manifest):
    found = [parent for node in manifest["nodes"].values()
             if (node.get("test_metadata") or {}).get("name") == "references"
             for parent in node["test_metadata"]["kwargs"]["parents"]]  # fmt: skip
    assert len(found) > 30
    assert {parent["columns"][0] for parent in found} == {"administration_id"}


def test_only_findings_are_warnings(manifest):
    warnings = {node["name"] for node in manifest["nodes"].values()
                if node["resource_type"] == "test" and node["config"]["severity"].lower() == "warn"}  # fmt: skip
    assert warnings == {
        "entries_sum_to_zero", "account_mapping_is_complete", "books_tie_out", "open_items_count_once"
    }  # fmt: skip


def test_no_model_reads_the_clock():
    words = ("now()", "current_date", "current_timestamp", "localtimestamp", "clock_timestamp", "run_started_at")
    files = [*(PROJECT_DIR / "models").rglob("*.sql"), *(PROJECT_DIR / "macros").rglob("*.sql")]
    assert len(files) > len(ENDPOINTS)
    assert [str(path) for path in files if any(word in path.read_text(encoding="utf-8") for word in words)] == []


def test_no_packages_are_needed():
    assert not (PROJECT_DIR / "packages.yml").exists()
    assert not (PROJECT_DIR / "dependencies.yml").exists()
