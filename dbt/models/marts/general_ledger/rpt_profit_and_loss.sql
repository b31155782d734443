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

calendar as (

    select * from {{ ref('dim_fiscal_periods') }}

),

-- one account can stand on several lines in a year: by its axes, or because its mapping changed
movements as (

    select
        summed_lines.administration_id,
        summed_lines.fiscal_year,
        summed_lines.fiscal_period,
        summed_lines.gl_account_id,
        summed_lines.reporting_line_code,
        sum(summed_lines.amount) as amount
    from summed_lines
    inner join accounts
        on
            summed_lines.administration_id = accounts.administration_id
            and summed_lines.gl_account_id = accounts.gl_account_id
    group by
        summed_lines.administration_id,
        summed_lines.fiscal_year,
        summed_lines.fiscal_period,
        summed_lines.gl_account_id,
        summed_lines.reporting_line_code

),

firsts as (

    select
        administration_id,
        fiscal_year,
        gl_account_id,
        reporting_line_code,
        min(fiscal_period) as fiscal_period
    from movements
    group by administration_id, fiscal_year, gl_account_id, reporting_line_code

),

-- a period the calendar lacks loses no line
periods as (

    select
        administration_id,
        fiscal_year,
        fiscal_period
    from calendar

    union

    select
        administration_id,
        fiscal_year,
        fiscal_period
    from movements

),

-- from the first movement of a year to its last period, so that year-to-date figures exist in quiet periods
filled as (

    select
        firsts.administration_id,
        firsts.fiscal_year,
        periods.fiscal_period,
        firsts.gl_account_id,
        firsts.reporting_line_code,
        coalesce(movements.amount, 0) as amount
    from firsts
    inner join periods
        on
            firsts.administration_id = periods.administration_id
            and firsts.fiscal_year = periods.fiscal_year
            and firsts.fiscal_period <= periods.fiscal_period
    left join movements
        on
            firsts.administration_id = movements.administration_id
            and firsts.fiscal_year = movements.fiscal_year
            and periods.fiscal_period = movements.fiscal_period
            and firsts.gl_account_id = movements.gl_account_id
            and firsts.reporting_line_code = movements.reporting_line_code

),

final as (

    select
        administration_id,
        fiscal_year,
        fiscal_period,
        gl_account_id,
        reporting_line_code,
        amount::numeric(18, 2) as amount,
        (-amount)::numeric(18, 2) as report_amount,
        (-sum(amount) over (
            partition by administration_id, fiscal_year, gl_account_id, reporting_line_code
            order by fiscal_period
        ))::numeric(18, 2) as ytd_report_amount
    from filled

)

select * from final
