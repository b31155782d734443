-- Guards: no line is lost or added between staging and the ledger. Set difference both ways, per account and period;
-- budget (3000) is told by its type here, not by the seed the ledger uses.
with staged as (

    select
        administration_id,
        gl_account_id,
        fiscal_year,
        fiscal_period,
        count(*) as line_count,
        sum(coalesce(amount, 0)) as amount
    from {{ ref('stg_exact_online__transaction_lines') }}
    where not is_deleted and transaction_type is distinct from 3000
    group by administration_id, gl_account_id, fiscal_year, fiscal_period

),

ledger as (

    select
        administration_id,
        nullif(gl_account_id, {{ not_used_id() }}) as gl_account_id,
        fiscal_year,
        fiscal_period,
        count(*) as line_count,
        sum(amount) as amount
    from {{ ref('fct_gl_transaction_lines') }}
    group by administration_id, gl_account_id, fiscal_year, fiscal_period

)

(
    select
        'only staged' as finding,
        missing.*
    from (
        select * from staged
        except
        select * from ledger
    ) as missing
)
union all
(
    select
        'only in the ledger' as finding,
        added.*
    from (
        select * from ledger
        except
        select * from staged
    ) as added
)
