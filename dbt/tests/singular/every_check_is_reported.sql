-- Guards: no administration lacks a check. What could not be compared is a row with its reason, never an absent row.
with expected as (

    select
        administrations.administration_id,
        checks.check_name
    from {{ ref('dim_administrations') }} as administrations
    cross join (
        values
        ('entry_balance'),
        ('reporting_balance'),
        ('receivables_list'),
        ('payables_list'),
        ('receivables_control_accounts'),
        ('payables_control_accounts'),
        ('asset_accounts'),
        ('mapping_total'),
        ('balance_sheet'),
        ('cash_flow'),
        ('unmapped_accounts'),
        ('inferred_parents'),
        ('ineffective_overrides')
    ) as checks (check_name)

)

select expected.*
from expected
left join {{ ref('rpt_reconciliation') }} as checks
    on expected.administration_id = checks.administration_id and expected.check_name = checks.check_name
where checks.administration_id is null
