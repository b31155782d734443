{{
    config(
        materialized='incremental',
        incremental_strategy='replace_partitions',
        unique_key=['administration_id', 'fiscal_year', 'fiscal_period'],
        on_schema_change='append_new_columns',
        pre_hook="{{ plan_partitions(ref('int_mapped_periods_fingerprinted')) }}",
        indexes=[{'columns': ['administration_id', 'fiscal_year', 'fiscal_period']}],
    )
}}

with summed_lines as (

    select * from {{ ref('int_gl_lines_summed') }}
    where posting_class = 'normal' {{ only_due() }}

),

final as (

    select
        administration_id,
        gl_account_id,
        fiscal_year,
        fiscal_period,
        cost_center_code,
        cost_unit_code,
        project_id,
        sum(amount)::numeric(18, 2) as movement_amount
    from summed_lines
    group by
        administration_id,
        gl_account_id,
        fiscal_year,
        fiscal_period,
        cost_center_code,
        cost_unit_code,
        project_id

)

select * from final
