{{
    config(
        materialized='incremental',
        incremental_strategy='replace_partitions',
        unique_key=['administration_id', 'fiscal_year'],
        on_schema_change='append_new_columns',
        pre_hook="{{ plan_partitions(ref('int_years_fingerprinted'), 'running_fingerprint') }}",
    )
}}

with balances as (

    select * from {{ ref('fct_gl_balances') }}
    where true {{ only_due() }}

),

accounts as (

    select * from {{ ref('dim_gl_accounts') }}

),

final as (

    select
        balances.administration_id,
        balances.gl_account_id,
        balances.fiscal_year,
        balances.fiscal_period,
        accounts.account_code,
        accounts.account_name,
        accounts.statement,
        accounts.reporting_line_code,
        balances.opening_amount,
        balances.debit_amount,
        balances.credit_amount,
        balances.movement_amount,
        balances.processed_movement_amount,
        balances.year_close_amount,
        balances.closing_amount
    from balances
    inner join accounts
        on
            balances.administration_id = accounts.administration_id
            and balances.gl_account_id = accounts.gl_account_id

)

select * from final
