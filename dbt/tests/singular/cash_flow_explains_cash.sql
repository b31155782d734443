-- Guards: the classes of a period add up to what its cash accounts moved, less what its entries do not balance.
-- Movements, not lines: balances_equal_ledger_lines compares these two.
with accounts as (

    select * from {{ ref('dim_gl_accounts') }}

),

movements as (

    select
        balances.administration_id,
        balances.fiscal_year,
        balances.fiscal_period,
        sum(balances.debit_amount - balances.credit_amount)
        filter (where accounts.account_type in (10, 12, 14, 16)) as cash_amount,
        sum(balances.debit_amount - balances.credit_amount) as imbalance_amount
    from {{ ref('fct_gl_balances') }} as balances
    inner join accounts
        on balances.administration_id = accounts.administration_id and balances.gl_account_id = accounts.gl_account_id
    group by balances.administration_id, balances.fiscal_year, balances.fiscal_period

),

cash_flow as (

    select
        administration_id,
        fiscal_year,
        fiscal_period,
        sum(amount) as amount
    from {{ ref('rpt_cash_flow') }}
    group by administration_id, fiscal_year, fiscal_period

)

select
    coalesce(movements.administration_id, cash_flow.administration_id) as administration_id,
    coalesce(movements.fiscal_year, cash_flow.fiscal_year) as fiscal_year,
    coalesce(movements.fiscal_period, cash_flow.fiscal_period) as fiscal_period,
    movements.cash_amount,
    movements.imbalance_amount,
    cash_flow.amount
from movements
full outer join cash_flow
    on
        movements.administration_id = cash_flow.administration_id
        and movements.fiscal_year = cash_flow.fiscal_year
        and movements.fiscal_period = cash_flow.fiscal_period
where
    coalesce(movements.cash_amount, 0) - coalesce(movements.imbalance_amount, 0) <> coalesce(cash_flow.amount, 0)
