with trial_balance as (

    select * from {{ ref('rpt_trial_balance') }}

),

profit_and_loss as (

    select * from {{ ref('rpt_profit_and_loss') }}

),

balance_sheet as (

    select * from {{ ref('rpt_balance_sheet') }}

),

cash_flow as (

    select * from {{ ref('rpt_cash_flow') }}

),

reporting_lines as (

    select * from {{ ref('dim_reporting_lines') }}

),

cash_accounts as (

    select * from {{ ref('dim_gl_accounts') }}
    where account_type in (10, 12, 14, 16)

),

endpoints as (

    select * from {{ ref('int_endpoints_loaded') }}
    where endpoint = 'transaction_lines'

),

-- unmapped: straight from the balances; mapped: through the lines of the report's tree
unmapped as (

    select
        administration_id,
        fiscal_year,
        fiscal_period,
        coalesce(sum(movement_amount) filter (where statement = 'profit_and_loss'), 0) as profit_and_loss_amount,
        coalesce(sum(closing_amount) filter (where statement = 'balance_sheet'), 0) as balance_sheet_amount
    from trial_balance
    group by administration_id, fiscal_year, fiscal_period

),

mapped_profit_and_loss as (

    select
        profit_and_loss.administration_id,
        profit_and_loss.fiscal_year,
        profit_and_loss.fiscal_period,
        sum(profit_and_loss.amount) as amount
    from profit_and_loss
    inner join reporting_lines
        on
            profit_and_loss.administration_id = reporting_lines.administration_id
            and profit_and_loss.reporting_line_code = reporting_lines.reporting_line_code
    group by profit_and_loss.administration_id, profit_and_loss.fiscal_year, profit_and_loss.fiscal_period

),

mapped_balance_sheet as (

    select
        balance_sheet.administration_id,
        balance_sheet.fiscal_year,
        balance_sheet.fiscal_period,
        coalesce(sum(balance_sheet.amount) filter (where balance_sheet.row_kind = 'account'), 0) as account_amount,
        coalesce(sum(balance_sheet.report_amount) filter (where balance_sheet.side = 'assets'), 0) as assets_amount,
        coalesce(sum(balance_sheet.report_amount) filter (where balance_sheet.side = 'equity_and_liabilities'), 0)
            as liabilities_amount
    from balance_sheet
    inner join reporting_lines
        on
            balance_sheet.administration_id = reporting_lines.administration_id
            and balance_sheet.reporting_line_code = reporting_lines.reporting_line_code
    group by balance_sheet.administration_id, balance_sheet.fiscal_year, balance_sheet.fiscal_period

),

cash_movements as (

    select
        trial_balance.administration_id,
        trial_balance.fiscal_year,
        trial_balance.fiscal_period,
        sum(trial_balance.movement_amount) as amount
    from trial_balance
    inner join cash_accounts
        on
            trial_balance.administration_id = cash_accounts.administration_id
            and trial_balance.gl_account_id = cash_accounts.gl_account_id
    group by trial_balance.administration_id, trial_balance.fiscal_year, trial_balance.fiscal_period

),

cash_classes as (

    select
        cash_flow.administration_id,
        cash_flow.fiscal_year,
        cash_flow.fiscal_period,
        sum(cash_flow.amount) as amount
    from cash_flow
    inner join reporting_lines
        on
            cash_flow.administration_id = reporting_lines.administration_id
            and cash_flow.cash_flow_line_code = reporting_lines.reporting_line_code
    group by cash_flow.administration_id, cash_flow.fiscal_year, cash_flow.fiscal_period

),

compared as (

    select
        unmapped.administration_id,
        checks.check_name,
        checks.item,
        unmapped.fiscal_year,
        unmapped.fiscal_period,
        checks.exact_amount,
        checks.mart_amount
    from unmapped
    left join mapped_profit_and_loss
        on
            unmapped.administration_id = mapped_profit_and_loss.administration_id
            and unmapped.fiscal_year = mapped_profit_and_loss.fiscal_year
            and unmapped.fiscal_period = mapped_profit_and_loss.fiscal_period
    left join mapped_balance_sheet
        on
            unmapped.administration_id = mapped_balance_sheet.administration_id
            and unmapped.fiscal_year = mapped_balance_sheet.fiscal_year
            and unmapped.fiscal_period = mapped_balance_sheet.fiscal_period
    left join cash_movements
        on
            unmapped.administration_id = cash_movements.administration_id
            and unmapped.fiscal_year = cash_movements.fiscal_year
            and unmapped.fiscal_period = cash_movements.fiscal_period
    left join cash_classes
        on
            unmapped.administration_id = cash_classes.administration_id
            and unmapped.fiscal_year = cash_classes.fiscal_year
            and unmapped.fiscal_period = cash_classes.fiscal_period
    cross join lateral (
        values
        (
            'mapping_total',
            'profit and loss',
            unmapped.profit_and_loss_amount,
            coalesce(mapped_profit_and_loss.amount, 0)
        ),
        (
            'mapping_total',
            'balance sheet',
            unmapped.balance_sheet_amount,
            coalesce(mapped_balance_sheet.account_amount, 0)
        ),
        (
            'balance_sheet',
            'assets and liabilities',
            coalesce(mapped_balance_sheet.assets_amount, 0),
            coalesce(mapped_balance_sheet.liabilities_amount, 0)
        ),
        (
            'cash_flow',
            'change in cash',
            coalesce(cash_movements.amount, 0),
            coalesce(cash_classes.amount, 0)
        )
    ) as checks (check_name, item, exact_amount, mart_amount)

),

wanted as (

    select
        endpoints.administration_id,
        endpoints.is_loaded,
        endpoints.missing_reason,
        listed.check_name,
        listed.item
    from endpoints
    cross join (
        values
        ('mapping_total', 'profit and loss'),
        ('mapping_total', 'balance sheet'),
        ('balance_sheet', 'assets and liabilities'),
        ('cash_flow', 'change in cash')
    ) as listed (check_name, item)

),

final as (

    select
        wanted.administration_id,
        wanted.check_name,
        wanted.item,
        compared.fiscal_year,
        compared.fiscal_period,
        null::uuid as gl_account_id,
        null::date as as_of_date,
        null::text as currency_code,
        compared.exact_amount,
        compared.mart_amount,
        null::bigint as exact_count,
        null::bigint as mart_count,
        wanted.is_loaded and coalesce(compared.exact_amount = compared.mart_amount, true) as is_ok,
        case
            when not wanted.is_loaded then wanted.missing_reason
            when compared.exact_amount <> compared.mart_amount
                then
                    case wanted.check_name
                        when 'balance_sheet' then 'assets differ from equity and liabilities'
                        when 'cash_flow' then 'the cash flow does not explain the change in cash'
                        else 'the report does not hold what the ledger holds'
                    end
        end as reason
    from wanted
    left join compared
        on
            wanted.administration_id = compared.administration_id
            and wanted.check_name = compared.check_name
            and wanted.item = compared.item

)

select * from final
