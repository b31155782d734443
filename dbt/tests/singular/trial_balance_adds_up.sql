-- Guards: in every period all closings plus the results earlier years left unclosed equal the sum of all lines so far,
-- summed here straight from the ledger. Zero when every entry is balanced.
with closings as (

    select
        administration_id,
        fiscal_year,
        fiscal_period,
        sum(closing_amount) as closing_amount
    from {{ ref('rpt_trial_balance') }}
    group by administration_id, fiscal_year, fiscal_period

),

result_lines as (

    select
        lines.administration_id,
        lines.fiscal_year,
        sum(lines.amount) as amount
    from {{ ref('fct_gl_transaction_lines') }} as lines
    inner join {{ ref('dim_gl_accounts') }} as accounts
        on
            lines.administration_id = accounts.administration_id
            and lines.gl_account_id = accounts.gl_account_id
            and accounts.statement = 'profit_and_loss'
    where lines.posting_class in ('normal', 'result_close')
    group by lines.administration_id, lines.fiscal_year

),

period_lines as (

    select
        administration_id,
        fiscal_year,
        fiscal_period,
        sum(amount) as amount
    from {{ ref('fct_gl_transaction_lines') }}
    where posting_class in ('normal', 'result_close')
    group by administration_id, fiscal_year, fiscal_period

),

earlier_results as (

    select
        administration_id,
        fiscal_year,
        sum(amount) over (
            partition by administration_id order by fiscal_year rows between unbounded preceding and 1 preceding
        ) as amount
    from (
        select
            years.administration_id,
            years.fiscal_year,
            coalesce(result_lines.amount, 0) as amount
        from (select distinct
            administration_id,
            fiscal_year
        from closings) as years
        left join result_lines
            on
                years.administration_id = result_lines.administration_id
                and years.fiscal_year = result_lines.fiscal_year
    ) as results

),

compared as (

    select
        closings.administration_id,
        closings.fiscal_year,
        closings.fiscal_period,
        closings.closing_amount + coalesce(earlier_results.amount, 0) as trial_balance_amount,
        sum(coalesce(period_lines.amount, 0)) over (
            partition by closings.administration_id order by closings.fiscal_year, closings.fiscal_period
        ) as ledger_amount
    from closings
    left join earlier_results
        on
            closings.administration_id = earlier_results.administration_id
            and closings.fiscal_year = earlier_results.fiscal_year
    left join period_lines
        on
            closings.administration_id = period_lines.administration_id
            and closings.fiscal_year = period_lines.fiscal_year
            and closings.fiscal_period = period_lines.fiscal_period

)

select * from compared
where trial_balance_amount <> ledger_amount
