-- Guards: in every period the balance sheet holds what the trial balance holds, results of all years included, so that
-- assets equal equity and liabilities whenever the entries balance. Movements, not lines: balances_equal_ledger_lines
-- compares these two.
with sheet as (

    select
        administration_id,
        fiscal_year,
        fiscal_period,
        sum(amount) as amount,
        sum(case side when 'assets' then report_amount else -report_amount end) as reported_amount
    from {{ ref('rpt_balance_sheet') }}
    group by administration_id, fiscal_year, fiscal_period

),

movements as (

    select
        administration_id,
        fiscal_year,
        fiscal_period,
        sum(movement_amount + year_close_amount) as amount
    from {{ ref('fct_gl_balances') }}
    group by administration_id, fiscal_year, fiscal_period

),

compared as (

    select
        sheet.*,
        sum(coalesce(movements.amount, 0)) over (
            partition by sheet.administration_id order by sheet.fiscal_year, sheet.fiscal_period
        ) as ledger_amount
    from sheet
    left join movements
        on
            sheet.administration_id = movements.administration_id
            and sheet.fiscal_year = movements.fiscal_year
            and sheet.fiscal_period = movements.fiscal_period

)

select * from compared
where amount <> ledger_amount or reported_amount <> ledger_amount
