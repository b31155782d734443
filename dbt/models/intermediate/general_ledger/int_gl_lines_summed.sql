{# Lines added up as far as any report needs them apart, so that reports read this and not the lines. #}
{{
    config(
        materialized='incremental',
        incremental_strategy='replace_partitions',
        unique_key=['administration_id', 'fiscal_year', 'fiscal_period'],
        on_schema_change='append_new_columns',
        pre_hook="{{ plan_partitions(ref('int_mapped_periods_fingerprinted')) }}",
        post_hook="{{ analyze_what_changed() }}",
        indexes=[{'columns': ['administration_id', 'fiscal_year', 'fiscal_period']}],
    )
}}

with lines as (

    select * from {{ ref('fct_gl_transaction_lines') }}
    where true {{ only_due() }}

),

budget_lines as (

    select * from {{ ref('int_ledger_lines_classified') }}
    where posting_class = 'budget' {{ only_due() }}

),

-- budget is in no report, but in the totals Exact gives
unioned as (

    select
        administration_id,
        fiscal_year,
        fiscal_period,
        gl_account_id,
        reporting_line_code,
        cost_center_code,
        cost_unit_code,
        project_id,
        transaction_type,
        posting_class,
        is_processed,
        amount
    from lines

    union all

    select
        administration_id,
        fiscal_year,
        fiscal_period,
        gl_account_id,
        'UNMAPPED' as reporting_line_code,
        cost_center_code,
        cost_unit_code,
        project_id,
        transaction_type,
        posting_class,
        is_processed,
        amount
    from budget_lines

),

final as (

    select
        administration_id,
        fiscal_year,
        fiscal_period,
        gl_account_id,
        reporting_line_code,
        cost_center_code,
        cost_unit_code,
        project_id,
        transaction_type,
        posting_class,
        sum(amount)::numeric(18, 2) as amount,
        coalesce(sum(amount) filter (where amount > 0), 0)::numeric(18, 2) as debit_amount,
        coalesce(-sum(amount) filter (where amount < 0), 0)::numeric(18, 2) as credit_amount,
        coalesce(sum(amount) filter (where is_processed), 0)::numeric(18, 2) as processed_amount,
        count(*) as line_count
    from unioned
    group by
        administration_id,
        fiscal_year,
        fiscal_period,
        gl_account_id,
        reporting_line_code,
        cost_center_code,
        cost_unit_code,
        project_id,
        transaction_type,
        posting_class

)

select * from final
