-- Guards: in every period all closings plus the results earlier years left unclosed equal all movements so far: zero
-- when every entry is balanced. Movements, not lines: balances_equal_ledger_lines compares these two.
with closings as (

    select
        administration_id,
        fiscal_year,
        fiscal_period,
        sum(closing_amount) as closing_amount
    from {{ ref('rpt_trial_balance') }}
    group by administration_id, fiscal_year, fiscal_period

),

movements as (

    select
        balances.administration_id,
        balances.fiscal_year,
        balances.fiscal_period,
        sum(balances.movement_amount + balances.year_close_amount) as amount,
        sum(balances.movement_amount + balances.year_close_amount)
        filter (where accounts.statement = 'profit_and_loss') as result_amount
    from {{ ref('fct_gl_balances') }} as balances
    left join {{ ref('dim_gl_accounts') }} as accounts
        on balances.administration_id = accounts.administration_id and balances.gl_account_id = accounts.gl_account_id
    group by balances.administration_id, balances.fiscal_year, balances.fiscal_period

),

results as (

    select
        administration_id,
        fiscal_year,
        coalesce(sum(result_amount), 0) as amount
    from movements
    group by administration_id, fiscal_year

),

earlier_results as (

    select
        administration_id,
        fiscal_year,
        sum(amount) over (
            partition by administration_id order by fiscal_year rows between unbounded preceding and 1 preceding
        ) as amount
    from results

),

compared as (

    select
        closings.administration_id,
        closings.fiscal_year,
        closings.fiscal_period,
        closings.closing_amount + coalesce(earlier_results.amount, 0) as trial_balance_amount,
        sum(coalesce(movements.amount, 0)) over (
            partition by closings.administration_id order by closings.fiscal_year, closings.fiscal_period
        ) as ledger_amount
    from closings
    left join earlier_results
        on
            closings.administration_id = earlier_results.administration_id
            and closings.fiscal_year = earlier_results.fiscal_year
    left join movements
        on
            closings.administration_id = movements.administration_id
            and closings.fiscal_year = movements.fiscal_year
            and closings.fiscal_period = movements.fiscal_period

)

select * from compared
where trial_balance_amount <> ledger_amount
