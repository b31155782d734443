{# The plan of what stands on the accounts of customers and suppliers, and of what the payment terms know of it. #}
{{ config(materialized='table', post_hook='analyze {{ this }}') }}

with periods as (

    select * from {{ ref('int_ledger_periods_fingerprinted') }}

),

accounts as (

    select * from {{ ref('dim_gl_accounts') }}
    where account_type in (20, 22)

),

terms as (

    select * from {{ ref('int_terms_fingerprinted') }}

),

account_sets as (

    select
        administration_id,
        {{ fingerprint('row(gl_account_id, account_type)') }} as fingerprint
    from accounts
    group by administration_id

),

final as (

    select
        periods.administration_id,
        periods.fiscal_year,
        periods.fiscal_period,
        periods.fingerprint + coalesce(account_sets.fingerprint, 0) + coalesce(terms.fingerprint, 0) as fingerprint
    from periods
    left join account_sets
        on periods.administration_id = account_sets.administration_id
    left join terms
        on periods.administration_id = terms.administration_id

)

select * from final
