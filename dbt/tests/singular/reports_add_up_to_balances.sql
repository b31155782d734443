-- Guards: axis balances, the profit and loss and its split by each axis hold the same movements as fct_gl_balances.
with balances as (

    select
        administration_id,
        fiscal_year,
        fiscal_period,
        sum(movement_amount) as movement_amount,
        sum(movement_amount) filter (where statement = 'profit_and_loss') as result_amount
    from {{ ref('rpt_trial_balance') }}
    group by administration_id, fiscal_year, fiscal_period

),

reports as (

    select
        'fct_gl_axis_balances' as report,
        administration_id,
        fiscal_year,
        fiscal_period,
        sum(movement_amount) as amount
    from {{ ref('fct_gl_axis_balances') }}
    group by administration_id, fiscal_year, fiscal_period

    union all

    select
        'rpt_profit_and_loss' as report,
        administration_id,
        fiscal_year,
        fiscal_period,
        -sum(report_amount) as amount
    from {{ ref('rpt_profit_and_loss') }}
    group by administration_id, fiscal_year, fiscal_period

    union all

    select
        'rpt_profit_and_loss_by_axis: ' || axis as report,
        administration_id,
        fiscal_year,
        fiscal_period,
        sum(amount) as amount
    from {{ ref('rpt_profit_and_loss_by_axis') }}
    group by axis, administration_id, fiscal_year, fiscal_period

),

names as (

    select distinct report
    from reports

),

compared as (

    select
        names.report,
        balances.administration_id,
        balances.fiscal_year,
        balances.fiscal_period,
        case names.report when 'fct_gl_axis_balances' then balances.movement_amount else balances.result_amount end
            as expected_amount,
        reports.amount
    from balances
    cross join names
    left join reports
        on
            names.report = reports.report
            and balances.administration_id = reports.administration_id
            and balances.fiscal_year = reports.fiscal_year
            and balances.fiscal_period = reports.fiscal_period

)

select * from compared
where coalesce(expected_amount, 0) <> coalesce(amount, 0)
