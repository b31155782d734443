"""The catalogue as a whole: the endpoints of every data set, and what each request may look like."""

from __future__ import annotations

from exact_online import catalogue

EXPECTED = {
    "general_ledger": {
        *("transaction_lines", "journals", "transaction_types", "transaction_sources", "exchange_rates"),
        *("budgets", "budget_scenarios", "vat_codes", "vat_percentages"),
    },
    "chart_of_accounts": {
        *("gl_accounts", "gl_classifications", "gl_schemes", "gl_account_classification_mappings"),
    },
    "analytical_axes": {"cost_centers", "cost_units", "projects", "project_wbs"},
    "outstanding_items": {"payment_terms", "relations", "payment_conditions"},
    "fixed_assets": {"assets", "asset_groups", "depreciation_methods", "commercial_building_values"},
    "fiscal_periods": {"financial_periods", "journal_statuses"},
    "control_totals": {
        *("reporting_balances", "receivables_lists", "payables_lists"),
        *("opening_balances_current_year_after_entry", "opening_balances_current_year_processed"),
        *("opening_balances_previous_year_after_entry", "opening_balances_previous_year_processed"),
        *("aging_receivables_lists", "aging_payables_lists", "aging_overviews", "outstanding_invoices_overviews"),
    },
    "deletions": {"deletions"},
}
SYNC = {
    *("transaction_lines", "gl_accounts", "gl_classifications", "projects", "project_wbs"),
    *("payment_terms", "relations", "deletions"),
}


def test_every_data_set_has_exactly_its_endpoints():
    found: dict[str, set[str]] = {}
    for endpoint in catalogue.endpoints().values():
        found.setdefault(endpoint.data_set, set()).add(endpoint.name)
    assert found == EXPECTED


def test_exactly_the_sync_endpoints_read_by_row_version():
    assert {name for name, endpoint in catalogue.endpoints().items() if endpoint.is_sync} == SYNC


def test_deletions_of_every_type_exact_logs_reach_their_endpoint():
    types = {name: each.deleted_type for name, each in catalogue.endpoints().items() if each.deleted_type}
    assert types == {
        "transaction_lines": 1,
        "relations": 2,
        "gl_accounts": 7,
        "payment_terms": 10,
        "gl_classifications": 18,
        "projects": 21,
        "project_wbs": 25,
    }


def test_no_field_is_both_read_and_excluded_and_none_is_read_twice():
    for endpoint in catalogue.endpoints().values():
        assert len(endpoint.fields) == len(set(endpoint.fields)), endpoint.name
        assert not set(endpoint.fields) & set(endpoint.excluded), endpoint.name
        assert "*" not in endpoint.fields


def test_personal_identifiers_are_never_read():
    assert catalogue.endpoints()["relations"].excluded["BSN"] == "personal identifier"


def test_every_request_stays_below_exacts_url_limit():
    for endpoint in catalogue.endpoints().values():
        assert len(endpoint.path) + len(",".join(endpoint.fields)) < 4000, endpoint.name


def test_paths_read_one_administration_only():
    assert all(endpoint.path.count("{division}") == 1 for endpoint in catalogue.endpoints().values())
