with summed_lines as (

    select * from {{ ref('int_gl_lines_summed') }}

),

exact_balances as (

    select * from {{ ref('stg_exact_online__reporting_balances') }}
    where not is_deleted

),

endpoints as (

    select * from {{ ref('int_endpoints_loaded') }}
    where endpoint = 'reporting_balances'

),

-- all types count here, year closes and budget included: Exact's own totals hold them too
ledger as (

    select
        administration_id,
        fiscal_year,
        fiscal_period,
        gl_account_id,
        sum(amount) as amount,
        sum(line_count) as line_count
    from summed_lines
    where gl_account_id <> {{ not_used_id() }}
    group by administration_id, fiscal_year, fiscal_period, gl_account_id

),

exact as (

    select
        administration_id,
        fiscal_year,
        fiscal_period,
        coalesce(gl_account_id, {{ not_used_id() }}) as gl_account_id,
        sum(amount) as amount,
        sum(line_count) as line_count
    from exact_balances
    group by administration_id, fiscal_year, fiscal_period, gl_account_id

),

compared as (

    select
        coalesce(exact.administration_id, ledger.administration_id) as administration_id,
        coalesce(exact.fiscal_year, ledger.fiscal_year) as fiscal_year,
        coalesce(exact.fiscal_period, ledger.fiscal_period) as fiscal_period,
        coalesce(exact.gl_account_id, ledger.gl_account_id) as gl_account_id,
        exact.amount as exact_amount,
        ledger.amount as mart_amount,
        exact.line_count as exact_count,
        ledger.line_count as mart_count,
        coalesce(exact.amount = ledger.amount and exact.line_count = ledger.line_count, false) as is_ok
    from exact
    full outer join ledger
        on
            exact.administration_id = ledger.administration_id
            and exact.fiscal_year = ledger.fiscal_year
            and exact.fiscal_period = ledger.fiscal_period
            and exact.gl_account_id = ledger.gl_account_id

),

-- without Exact's totals there is nothing to compare: one row says so
final as (

    select
        endpoints.administration_id,
        'reporting_balance' as check_name,
        'account' as item,
        compared.fiscal_year,
        compared.fiscal_period,
        compared.gl_account_id,
        null::date as as_of_date,
        null::text as currency_code,
        compared.exact_amount,
        compared.mart_amount,
        compared.exact_count,
        compared.mart_count,
        endpoints.is_loaded and coalesce(compared.is_ok, true) as is_ok,
        case
            when not endpoints.is_loaded then endpoints.missing_reason
            when compared.exact_count is null and compared.mart_count is not null
                then 'Exact reports nothing here' || endpoints.stale_reason
            when compared.mart_count is null and compared.exact_count is not null
                then 'no ledger lines here' || endpoints.stale_reason
            when compared.exact_amount <> compared.mart_amount then 'amounts differ' || endpoints.stale_reason
            when compared.exact_count <> compared.mart_count then 'numbers of lines differ' || endpoints.stale_reason
        end as reason
    from endpoints
    left join compared
        on endpoints.administration_id = compared.administration_id and endpoints.is_loaded

)

select * from final
