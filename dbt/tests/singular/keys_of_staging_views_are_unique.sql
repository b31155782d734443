-- Guards: the key of each staging view is one. A view can have no constraint: what PostgreSQL asks of tables is asked
-- of all views here, at once.
{% set keys = {
    'stg_exact_online__aging_overviews': 'administration_id, age_group',
    'stg_exact_online__aging_payables_lists': 'administration_id, relation_id',
    'stg_exact_online__aging_receivables_lists': 'administration_id, relation_id',
    'stg_exact_online__budget_scenarios': 'administration_id, budget_scenario_id',
    'stg_exact_online__budgets': 'administration_id, budget_id',
    'stg_exact_online__commercial_building_values': 'administration_id, commercial_building_value_id',
    'stg_exact_online__cost_centers': 'administration_id, cost_center_id',
    'stg_exact_online__cost_units': 'administration_id, cost_unit_id',
    'stg_exact_online__deletions': 'administration_id, deletion_id',
    'stg_exact_online__depreciation_methods': 'administration_id, depreciation_method_id',
    'stg_exact_online__exchange_rates': 'administration_id, exchange_rate_id',
    'stg_exact_online__financial_periods': 'administration_id, financial_period_id',
    'stg_exact_online__gl_account_classification_mappings': 'administration_id, gl_account_classification_mapping_id',
    'stg_exact_online__gl_accounts': 'administration_id, gl_account_id',
    'stg_exact_online__gl_classifications': 'administration_id, gl_classification_id',
    'stg_exact_online__gl_schemes': 'administration_id, gl_scheme_id',
    'stg_exact_online__journal_statuses': 'administration_id, journal_code, fiscal_year, fiscal_period',
    'stg_exact_online__journals': 'administration_id, journal_id',
    'stg_exact_online__opening_balances_current_year_after_entry': 'administration_id, gl_account_id, fiscal_year',
    'stg_exact_online__opening_balances_current_year_processed': 'administration_id, gl_account_id, fiscal_year',
    'stg_exact_online__opening_balances_previous_year_after_entry': 'administration_id, gl_account_id, fiscal_year',
    'stg_exact_online__opening_balances_previous_year_processed': 'administration_id, gl_account_id, fiscal_year',
    'stg_exact_online__outstanding_invoices_overviews': 'administration_id, currency_code',
    'stg_exact_online__payables_lists': 'administration_id, item_number',
    'stg_exact_online__payment_conditions': 'administration_id, payment_condition_id',
    'stg_exact_online__project_wbs': 'administration_id, project_wbs_id',
    'stg_exact_online__projects': 'administration_id, project_id',
    'stg_exact_online__receivables_lists': 'administration_id, item_number',
    'stg_exact_online__relations': 'administration_id, relation_id',
    'stg_exact_online__transaction_sources': 'administration_id, transaction_source',
    'stg_exact_online__transaction_types': 'administration_id, transaction_type',
    'stg_exact_online__vat_codes': 'administration_id, vat_code_id',
    'stg_exact_online__vat_percentages': 'administration_id, vat_percentage_id',
    'stg_exact_ops__integrations': 'integration_id',
} %}

{% for view, key in keys.items() %}
select
    '{{ view }}' as view_name,
    concat_ws(', ', {{ key }}) as key_values,
    count(*) as row_count
from {{ ref(view) }}
group by {{ key }}
having count(*) > 1 or num_nulls({{ key }}) > 0
{% if not loop.last %}union all{% endif %}
{% endfor %}
