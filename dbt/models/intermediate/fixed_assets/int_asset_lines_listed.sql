{# Lines that name an asset: few, and everything about assets begins with them. #}
{{
    config(
        materialized='incremental',
        incremental_strategy='replace_partitions',
        unique_key=['administration_id', 'fiscal_year', 'fiscal_period'],
        on_schema_change='append_new_columns',
        pre_hook="{{ plan_partitions(ref('int_ledger_periods_fingerprinted')) }}",
        post_hook="{{ analyze_what_changed() }}",
    )
}}

with lines as (

    select * from {{ ref('fct_gl_transaction_lines') }}
    where asset_id is not null {{ only_due() }}

),

final as (

    select
        administration_id,
        transaction_line_id,
        asset_id,
        gl_account_id,
        fiscal_year,
        fiscal_period,
        entry_date,
        transaction_type,
        posting_class,
        amount
    from lines

)

select * from final
