{{
    config(
        indexes=[{'columns': ['administration_id', 'gl_account_id', 'fiscal_year', 'fiscal_period'], 'unique': true}]
    )
}}

with lines as (

    select * from {{ ref('fct_gl_transaction_lines') }}

),

accounts as (

    select * from {{ ref('dim_gl_accounts') }}

),

periods as (

    select * from {{ ref('dim_fiscal_periods') }}

),

-- types 327 and 328 empty and refill the balance sheet on the closing date: a pair that no balance counts
movements as (

    select
        administration_id,
        gl_account_id,
        fiscal_year,
        fiscal_period,
        coalesce(sum(amount) filter (where posting_class = 'normal' and amount > 0), 0) as debit_amount,
        coalesce(-sum(amount) filter (where posting_class = 'normal' and amount < 0), 0) as credit_amount,
        coalesce(sum(amount) filter (where posting_class = 'normal'), 0) as movement_amount,
        coalesce(sum(amount) filter (where posting_class = 'normal' and is_processed), 0)
            as processed_movement_amount,
        coalesce(sum(amount) filter (where posting_class = 'result_close'), 0) as year_close_amount
    from lines
    where posting_class in ('normal', 'result_close')
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

last_years as (

    select
        administration_id,
        max(fiscal_year) as fiscal_year
    from lines
    group by administration_id

),

-- every period from an account's first line on, quiet ones too
account_periods as (

    select
        periods.administration_id,
        first_periods.gl_account_id,
        accounts.statement,
        periods.fiscal_year,
        periods.fiscal_period
    from first_periods
    inner join last_years
        on first_periods.administration_id = last_years.administration_id
    inner join periods
        on
            first_periods.administration_id = periods.administration_id
            and (periods.fiscal_year, periods.fiscal_period)
            >= (first_periods.fiscal_year, first_periods.fiscal_period)
            and periods.fiscal_year <= last_years.fiscal_year
    inner join accounts
        on
            first_periods.administration_id = accounts.administration_id
            and first_periods.gl_account_id = accounts.gl_account_id

),

filled as (

    select
        account_periods.administration_id,
        account_periods.gl_account_id,
        account_periods.fiscal_year,
        account_periods.fiscal_period,
        -- a balance-sheet account runs on for ever, a profit-and-loss account begins every year at zero
        case when account_periods.statement = 'balance_sheet' then 0 else account_periods.fiscal_year end
            as running_year,
        coalesce(movements.debit_amount, 0) as debit_amount,
        coalesce(movements.credit_amount, 0) as credit_amount,
        coalesce(movements.movement_amount, 0) as movement_amount,
        coalesce(movements.processed_movement_amount, 0) as processed_movement_amount,
        coalesce(movements.year_close_amount, 0) as year_close_amount
    from account_periods
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

)

select * from final
