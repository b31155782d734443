{# Entries whose lines of a period do not sum to zero, one by one, and all others together. #}
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
    where true {{ only_due() }}

),

entries as (

    select
        administration_id,
        fiscal_year,
        fiscal_period,
        entry_id,
        min(entry_number) as entry_number,
        sum(amount) as amount,
        count(*) filter (where gl_account_id = {{ not_used_id() }}) as lines_without_account
    from lines
    group by administration_id, fiscal_year, fiscal_period, entry_id

),

final as (

    select
        administration_id,
        fiscal_year,
        fiscal_period,
        case when amount <> 0 then entry_id end as entry_id,
        case when amount <> 0 then entry_number end as entry_number,
        sum(amount)::numeric(18, 2) as amount,
        count(*) as entry_count,
        sum(lines_without_account)::bigint as lines_without_account
    from entries
    group by
        administration_id,
        fiscal_year,
        fiscal_period,
        case when amount <> 0 then entry_id end,
        case when amount <> 0 then entry_number end

)

select * from final
