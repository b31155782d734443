-- Guards: in every period the two result rows of the balance sheet are what the profit and loss has earned so far, this
-- year's and earlier years' apart, less what was closed to equity.
with movements as (

    select
        administration_id,
        fiscal_year,
        fiscal_period,
        sum(report_amount) as amount
    from {{ ref('rpt_profit_and_loss') }}
    group by administration_id, fiscal_year, fiscal_period

    union all

    select
        administration_id,
        fiscal_year,
        fiscal_period,
        -sum(year_close_amount) as amount
    from {{ ref('rpt_trial_balance') }}
    where statement = 'profit_and_loss'
    group by administration_id, fiscal_year, fiscal_period

),

earned as (

    select
        administration_id,
        fiscal_year,
        fiscal_period,
        sum(amount) as amount
    from movements
    group by administration_id, fiscal_year, fiscal_period

),

results as (

    select
        administration_id,
        fiscal_year,
        fiscal_period,
        sum(report_amount) filter (where row_kind = 'result_of_year') as year_amount,
        sum(report_amount) filter (where row_kind = 'result_of_earlier_years') as earlier_amount
    from {{ ref('rpt_balance_sheet') }}
    group by administration_id, fiscal_year, fiscal_period

),

running as (

    select
        results.*,
        sum(coalesce(earned.amount, 0)) over (
            partition by results.administration_id, results.fiscal_year order by results.fiscal_period
        ) as earned_this_year,
        sum(coalesce(earned.amount, 0)) over (
            partition by results.administration_id order by results.fiscal_year, results.fiscal_period
        ) as earned_so_far
    from results
    left join earned
        on
            results.administration_id = earned.administration_id
            and results.fiscal_year = earned.fiscal_year
            and results.fiscal_period = earned.fiscal_period

)

select * from running
where
    year_amount is distinct from earned_this_year
    or earlier_amount is distinct from earned_so_far - earned_this_year
