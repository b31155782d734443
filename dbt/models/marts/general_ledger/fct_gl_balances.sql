{{
    config(
        materialized='incremental',
        incremental_strategy='replace_partitions',
        unique_key=['administration_id', 'fiscal_year'],
        on_schema_change='append_new_columns',
        pre_hook="{{ plan_partitions(ref('int_years_fingerprinted'), 'running_fingerprint') }}",
    )
}}

with due_administrations as (

    select distinct administration_id from {{ ref('int_years_fingerprinted') }}
    where true {{ only_due() }}

),

-- all years of an administration with a year to build: what came before is its opening
summed_lines as (

    select lines.*
    from {{ ref('int_gl_lines_summed') }} as lines
    inner join due_administrations
        on lines.administration_id = due_administrations.administration_id
    where lines.posting_class in ('normal', 'result_close')

),

accounts as (

    select * from {{ ref('dim_gl_accounts') }}

),

calendar as (

    select * from {{ ref('dim_fiscal_periods') }}

),

-- types 327 and 328 empty and refill the balance sheet on the closing date: a pair that no balance counts
movements as (

    select
        administration_id,
        gl_account_id,
        fiscal_year,
        fiscal_period,
        coalesce(sum(debit_amount) filter (where posting_class = 'normal'), 0) as debit_amount,
        coalesce(sum(credit_amount) filter (where posting_class = 'normal'), 0) as credit_amount,
        coalesce(sum(amount) filter (where posting_class = 'normal'), 0) as movement_amount,
        coalesce(sum(processed_amount) filter (where posting_class = 'normal'), 0) as processed_movement_amount,
        coalesce(sum(amount) filter (where posting_class = 'result_close'), 0) as year_close_amount
    from summed_lines
    group by administration_id, gl_account_id, fiscal_year, fiscal_period

),

first_periods as (

    select distinct on (administration_id, gl_account_id)
        administration_id,
        gl_account_id,
        fiscal_year,
        fiscal_period
    from movements
    order by administration_id, gl_account_id, fiscal_year, fiscal_period

),

-- the plan runs to the last year with lines; a period the calendar lacks loses no line
years as (

    select
        administration_id,
        max(fiscal_year) as last_year
    from {{ ref('int_years_fingerprinted') }}
    group by administration_id

),

periods as (

    select
        calendar.administration_id,
        calendar.fiscal_year,
        calendar.fiscal_period
    from calendar
    inner join years
        on calendar.administration_id = years.administration_id and calendar.fiscal_year <= years.last_year

    union

    select
        administration_id,
        fiscal_year,
        fiscal_period
    from movements

),

-- every period from an account's first line on, quiet ones too
account_periods as (

    select
        first_periods.administration_id,
        first_periods.gl_account_id,
        periods.fiscal_year,
        periods.fiscal_period
    from first_periods
    inner join periods
        on
            first_periods.administration_id = periods.administration_id
            and (periods.fiscal_year, periods.fiscal_period)
            >= (first_periods.fiscal_year, first_periods.fiscal_period)

),

filled as (

    select
        account_periods.administration_id,
        account_periods.gl_account_id,
        account_periods.fiscal_year,
        account_periods.fiscal_period,
        -- a balance-sheet account runs on for ever, a profit-and-loss account begins every year at zero
        case when accounts.statement = 'profit_and_loss' then account_periods.fiscal_year else 0 end
            as running_year,
        coalesce(movements.debit_amount, 0) as debit_amount,
        coalesce(movements.credit_amount, 0) as credit_amount,
        coalesce(movements.movement_amount, 0) as movement_amount,
        coalesce(movements.processed_movement_amount, 0) as processed_movement_amount,
        coalesce(movements.year_close_amount, 0) as year_close_amount
    from account_periods
    left join accounts
        on
            account_periods.administration_id = accounts.administration_id
            and account_periods.gl_account_id = accounts.gl_account_id
    left join movements
        on
            account_periods.administration_id = movements.administration_id
            and account_periods.gl_account_id = movements.gl_account_id
            and account_periods.fiscal_year = movements.fiscal_year
            and account_periods.fiscal_period = movements.fiscal_period

),

running as (

    select
        *,
        sum(movement_amount + year_close_amount) over (
            partition by administration_id, gl_account_id, running_year
            order by fiscal_year, fiscal_period
        ) as closing_amount
    from filled

),

final as (

    select
        administration_id,
        gl_account_id,
        fiscal_year,
        fiscal_period,
        (closing_amount - movement_amount - year_close_amount)::numeric(18, 2) as opening_amount,
        debit_amount::numeric(18, 2) as debit_amount,
        credit_amount::numeric(18, 2) as credit_amount,
        movement_amount::numeric(18, 2) as movement_amount,
        processed_movement_amount::numeric(18, 2) as processed_movement_amount,
        year_close_amount::numeric(18, 2) as year_close_amount,
        closing_amount::numeric(18, 2) as closing_amount
    from running
    where true {{ only_due() }}

)

select * from final
