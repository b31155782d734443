{{
    config(
        materialized='incremental',
        incremental_strategy='replace_partitions',
        unique_key=['administration_id', 'fiscal_year'],
        on_schema_change='append_new_columns',
        pre_hook="{{ plan_partitions(ref('int_years_fingerprinted'), 'year_fingerprint') }}",
        indexes=[{'columns': ['administration_id', 'fiscal_year']}],
    )
}}

with summed_lines as (

    select * from {{ ref('int_gl_lines_summed') }}
    where posting_class = 'normal' {{ only_due() }}

),

accounts as (

    select * from {{ ref('dim_gl_accounts') }}
    where statement = 'profit_and_loss'

),

projects as (

    select * from {{ ref('dim_projects') }}

),

result_lines as (

    select
        summed_lines.administration_id,
        summed_lines.fiscal_year,
        summed_lines.fiscal_period,
        summed_lines.reporting_line_code,
        summed_lines.cost_center_code,
        summed_lines.cost_unit_code,
        projects.project_code,
        summed_lines.amount
    from summed_lines
    inner join accounts
        on
            summed_lines.administration_id = accounts.administration_id
            and summed_lines.gl_account_id = accounts.gl_account_id
    inner join projects
        on
            summed_lines.administration_id = projects.administration_id
            and summed_lines.project_id = projects.project_id

),

-- each axis holds the whole result: what does not use it stands on its "not used" member
final as (

    select
        result_lines.administration_id,
        axes.axis,
        axes.axis_code,
        result_lines.fiscal_year,
        result_lines.fiscal_period,
        result_lines.reporting_line_code,
        sum(result_lines.amount)::numeric(18, 2) as amount,
        (-sum(result_lines.amount))::numeric(18, 2) as report_amount
    from result_lines
    cross join
        lateral (
            values
            ('cost_center', result_lines.cost_center_code),
            ('cost_unit', result_lines.cost_unit_code),
            ('project', result_lines.project_code)
        ) as axes (axis, axis_code)
    group by
        result_lines.administration_id,
        axes.axis,
        axes.axis_code,
        result_lines.fiscal_year,
        result_lines.fiscal_period,
        result_lines.reporting_line_code

)

select * from final
