-- Guards: fct_gl_balances holds every line of the ledger that balances count, per account and period. A set of lines
-- that balances in itself (all of one type, a whole entry) could be left out without any total giving it away.
{{ config(tags='unproven') }}
{% set years = unproven(['fct_gl_balances', 'fct_gl_transaction_lines'], ['administration_id', 'fiscal_year']) %}

with balances as (

    select
        administration_id,
        gl_account_id,
        fiscal_year,
        fiscal_period,
        movement_amount + year_close_amount as amount,
        debit_amount,
        credit_amount
    from {{ ref('fct_gl_balances') }}
    where {{ years }}

),

lines as (

    select
        administration_id,
        gl_account_id,
        fiscal_year,
        fiscal_period,
        sum(amount) as amount,
        coalesce(sum(amount) filter (where amount > 0 and posting_class = 'normal'), 0) as debit_amount,
        coalesce(-sum(amount) filter (where amount < 0 and posting_class = 'normal'), 0) as credit_amount
    from {{ ref('fct_gl_transaction_lines') }}
    where posting_class not in ('balance_close', 'balance_open') and {{ years }}
    group by administration_id, gl_account_id, fiscal_year, fiscal_period

),

compared as (

    select
        coalesce(balances.administration_id, lines.administration_id) as administration_id,
        coalesce(balances.gl_account_id, lines.gl_account_id) as gl_account_id,
        coalesce(balances.fiscal_year, lines.fiscal_year) as fiscal_year,
        coalesce(balances.fiscal_period, lines.fiscal_period) as fiscal_period,
        balances.amount as balance_amount,
        lines.amount as line_amount,
        balances.debit_amount as balance_debit_amount,
        lines.debit_amount as line_debit_amount,
        balances.credit_amount as balance_credit_amount,
        lines.credit_amount as line_credit_amount,
        balances.administration_id is null as is_absent
    from balances
    full outer join lines
        on
            balances.administration_id = lines.administration_id
            and balances.gl_account_id = lines.gl_account_id
            and balances.fiscal_year = lines.fiscal_year
            and balances.fiscal_period = lines.fiscal_period

)

select * from compared
where
    is_absent
    or balance_amount <> coalesce(line_amount, 0)
    or balance_debit_amount <> coalesce(line_debit_amount, 0)
    or balance_credit_amount <> coalesce(line_credit_amount, 0)
