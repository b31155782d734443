{{
    config(
        materialized='incremental',
        incremental_strategy='replace_partitions',
        unique_key=['administration_id', 'fiscal_year'],
        on_schema_change='append_new_columns',
        pre_hook="{{ plan_partitions(ref('int_years_fingerprinted'), 'running_fingerprint') }}",
    )
}}

with balances as (

    select * from {{ ref('fct_gl_balances') }}
    where true {{ only_due() }}

),

-- cash itself (cash, bank, credit card, payment service) is what the classes explain
accounts as (

    select * from {{ ref('dim_gl_accounts') }}
    where account_type is null or account_type not in (10, 12, 14, 16)

),

periods as (

    select * from {{ ref('dim_fiscal_periods') }}

),

-- one class per account and period: mappings of one axis value do not apply
mappings as (

    select * from {{ ref('map_gl_accounts') }}
    where axis = 'none'

),

reporting_lines as (

    select * from {{ ref('dim_reporting_lines') }}

),

-- the movement only: closing a year is neither result nor a change of equity
movements as (

    select
        balances.administration_id,
        balances.fiscal_year,
        balances.fiscal_period,
        coalesce(reporting_lines.cash_flow_line_code, 'CF_UNMAPPED') as cash_flow_line_code,
        balances.movement_amount
    from balances
    inner join accounts
        on
            balances.administration_id = accounts.administration_id
            and balances.gl_account_id = accounts.gl_account_id
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
    left join reporting_lines
        on
            mappings.administration_id = reporting_lines.administration_id
            and mappings.reporting_line_code = reporting_lines.reporting_line_code

),

-- what other accounts receive is what cash gives
final as (

    select
        administration_id,
        fiscal_year,
        fiscal_period,
        cash_flow_line_code,
        (-sum(movement_amount))::numeric(18, 2) as amount
    from movements
    group by administration_id, fiscal_year, fiscal_period, cash_flow_line_code

)

select * from final
