{{
    config(
        materialized='incremental',
        incremental_strategy='replace_partitions',
        unique_key=['administration_id', 'fiscal_year'],
        on_schema_change='append_new_columns',
        pre_hook="{{ plan_partitions(ref('int_years_fingerprinted'), 'running_fingerprint') }}",
        indexes=[{'columns': ['administration_id', 'fiscal_year']}],
    )
}}

with balances as (

    select * from {{ ref('fct_gl_balances') }}
    where true {{ only_due() }}

),

-- all years: what earlier ones left unclosed stands in the later ones
all_balances as (

    select * from {{ ref('fct_gl_balances') }}

),

accounts as (

    select * from {{ ref('dim_gl_accounts') }}

),

periods as (

    select * from {{ ref('dim_fiscal_periods') }}

),

-- a balance is a total of an account: mappings of one axis value do not apply to it
mappings as (

    select * from {{ ref('map_gl_accounts') }}
    where axis = 'none'

),

reporting_lines as (

    select * from {{ ref('dim_reporting_lines') }}

),

-- an account whose total stands on the other side than its RGS code moves to the code it flips to
account_balances as (

    select
        balances.administration_id,
        balances.fiscal_year,
        balances.fiscal_period,
        balances.gl_account_id,
        balances.closing_amount as amount,
        accounts.balance_side,
        case
            when mappings.rgs_balance_side = 'debit' and balances.closing_amount < 0
                then coalesce(mappings.flip_reporting_line_code, mappings.reporting_line_code)
            when mappings.rgs_balance_side = 'credit' and balances.closing_amount > 0
                then coalesce(mappings.flip_reporting_line_code, mappings.reporting_line_code)
            else mappings.reporting_line_code
        end as reporting_line_code
    from balances
    inner join accounts
        on
            balances.administration_id = accounts.administration_id
            and balances.gl_account_id = accounts.gl_account_id
            and accounts.statement = 'balance_sheet'
    left join periods
        on
            balances.administration_id = periods.administration_id
            and balances.fiscal_year = periods.fiscal_year
            and balances.fiscal_period = periods.fiscal_period
    inner join mappings
        on
            balances.administration_id = mappings.administration_id
            and balances.gl_account_id = mappings.gl_account_id
            and coalesce(periods.ends_on, date '9999-12-31') between mappings.valid_from and mappings.valid_to

),

account_rows as (

    select
        account_balances.administration_id,
        account_balances.fiscal_year,
        account_balances.fiscal_period,
        'account' as row_kind,
        account_balances.gl_account_id,
        account_balances.reporting_line_code,
        -- unmapped accounts, and ones mapped to a line that has no side, stand where Exact says they belong
        coalesce(
            reporting_lines.side,
            case account_balances.balance_side when 'credit' then 'equity_and_liabilities' else 'assets' end
        ) as side,
        account_balances.amount
    from account_balances
    left join reporting_lines
        on
            account_balances.administration_id = reporting_lines.administration_id
            and account_balances.reporting_line_code = reporting_lines.reporting_line_code

),

results as (

    select
        all_balances.administration_id,
        all_balances.fiscal_year,
        all_balances.fiscal_period,
        sum(all_balances.closing_amount) as amount
    from all_balances
    inner join accounts
        on
            all_balances.administration_id = accounts.administration_id
            and all_balances.gl_account_id = accounts.gl_account_id
            and accounts.statement = 'profit_and_loss'
    group by all_balances.administration_id, all_balances.fiscal_year, all_balances.fiscal_period

),

-- what a year leaves unclosed is the result at its last period
year_results as (

    select distinct on (administration_id, fiscal_year)
        administration_id,
        fiscal_year,
        amount
    from results
    order by administration_id asc, fiscal_year asc, fiscal_period desc

),

balance_periods as (

    select distinct
        administration_id,
        fiscal_year,
        fiscal_period
    from balances

),

result_rows as (

    select
        balance_periods.administration_id,
        balance_periods.fiscal_year,
        balance_periods.fiscal_period,
        'result_of_year' as row_kind,
        null::uuid as gl_account_id,
        'RESULT_OF_YEAR' as reporting_line_code,
        'equity_and_liabilities' as side,
        coalesce(results.amount, 0) as amount
    from balance_periods
    left join results
        on
            balance_periods.administration_id = results.administration_id
            and balance_periods.fiscal_year = results.fiscal_year
            and balance_periods.fiscal_period = results.fiscal_period

    union all

    select
        balance_periods.administration_id,
        balance_periods.fiscal_year,
        balance_periods.fiscal_period,
        'result_of_earlier_years' as row_kind,
        null::uuid as gl_account_id,
        'RESULT_OF_EARLIER_YEARS' as reporting_line_code,
        'equity_and_liabilities' as side,
        coalesce(sum(year_results.amount), 0) as amount
    from balance_periods
    left join year_results
        on
            balance_periods.administration_id = year_results.administration_id
            and balance_periods.fiscal_year > year_results.fiscal_year
    group by balance_periods.administration_id, balance_periods.fiscal_year, balance_periods.fiscal_period

),

unioned as (

    select * from account_rows
    union all
    select * from result_rows

),

final as (

    select
        administration_id,
        fiscal_year,
        fiscal_period,
        row_kind,
        gl_account_id,
        reporting_line_code,
        side,
        amount::numeric(18, 2) as amount,
        case when side = 'assets' then amount else -amount end::numeric(18, 2) as report_amount
    from unioned

)

select * from final
