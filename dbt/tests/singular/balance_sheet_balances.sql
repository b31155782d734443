-- Guards: in every period the balance sheet holds what the trial balance holds, results of all years included, so that
-- assets equal equity and liabilities whenever the entries balance.
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

compared as (

    select
        sheet.*,
        sum(coalesce(period_lines.amount, 0)) over (
            partition by sheet.administration_id order by sheet.fiscal_year, sheet.fiscal_period
        ) as ledger_amount
    from sheet
    left join period_lines
        on
            sheet.administration_id = period_lines.administration_id
            and sheet.fiscal_year = period_lines.fiscal_year
            and sheet.fiscal_period = period_lines.fiscal_period

)

select * from compared
where amount <> ledger_amount or reported_amount <> ledger_amount
