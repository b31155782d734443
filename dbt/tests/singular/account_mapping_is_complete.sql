-- Guards: the unmapped is seen. A warning, because it is a finding about the books (amounts per administration are in
-- rpt_account_mapping_coverage): the reports still hold it, on a line of its own.
{{ config(severity='warn') }}

select
    coverage.administration_id,
    administrations.currency_code,
    count(*) as account_count,
    sum(abs(coverage.balance_amount)) as balance_amount,
    sum(coverage.movement_amount) as movement_amount
from {{ ref('rpt_account_mapping_coverage') }} as coverage
inner join {{ ref('stg_exact_ops__administrations') }} as administrations
    on coverage.administration_id = administrations.administration_id
where coverage.is_unmapped and (coverage.balance_amount <> 0 or coverage.movement_amount <> 0)
group by coverage.administration_id, administrations.currency_code
