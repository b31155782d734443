-- Guards: no line is lost or added between staging and the ledger, per account and period, in number and amount;
-- budget (3000) is told by its type here, not by the seed the ledger uses.
{{ config(tags='unproven') }}
{% set periods = unproven(['fct_gl_transaction_lines'], ['administration_id', 'fiscal_year', 'fiscal_period']) %}

with staged as (

    select
        administration_id,
        coalesce(gl_account_id, {{ not_used_id() }}) as gl_account_id,
        fiscal_year,
        fiscal_period,
        count(*) as line_count,
        sum(coalesce(amount, 0)) as amount
    from {{ ref('stg_exact_online__transaction_lines') }}
    where not is_deleted and transaction_type is distinct from 3000 and {{ periods }}
    group by administration_id, gl_account_id, fiscal_year, fiscal_period

),

ledger as (

    select
        administration_id,
        gl_account_id,
        fiscal_year,
        fiscal_period,
        count(*) as line_count,
        sum(amount) as amount
    from {{ ref('fct_gl_transaction_lines') }}
    where {{ periods }}
    group by administration_id, gl_account_id, fiscal_year, fiscal_period

)

select
    coalesce(staged.administration_id, ledger.administration_id) as administration_id,
    coalesce(staged.gl_account_id, ledger.gl_account_id) as gl_account_id,
    coalesce(staged.fiscal_year, ledger.fiscal_year) as fiscal_year,
    coalesce(staged.fiscal_period, ledger.fiscal_period) as fiscal_period,
    staged.line_count as staged_count,
    ledger.line_count as ledger_count,
    staged.amount as staged_amount,
    ledger.amount as ledger_amount
from staged
full outer join ledger
    on
        staged.administration_id = ledger.administration_id
        and staged.gl_account_id = ledger.gl_account_id
        and staged.fiscal_year = ledger.fiscal_year
        and staged.fiscal_period = ledger.fiscal_period
where staged.line_count is distinct from ledger.line_count or staged.amount is distinct from ledger.amount
