with accounts as (

    select * from {{ ref('int_asset_accounts_listed') }}

),

summed_lines as (

    select * from {{ ref('int_gl_lines_summed') }}
    where posting_class in ('normal', 'result_close')

),

asset_lines as (

    select * from {{ ref('int_asset_lines_listed') }}
    where posting_class in ('normal', 'result_close')

),

movements as (

    select * from {{ ref('int_asset_movements_collected') }}

),

endpoints as (

    select * from {{ ref('int_endpoints_loaded') }}

),

administrations as (

    select
        asset_endpoint.administration_id,
        asset_endpoint.is_loaded and group_endpoint.is_loaded and line_endpoint.is_loaded as is_loaded,
        coalesce(asset_endpoint.missing_reason, group_endpoint.missing_reason, line_endpoint.missing_reason)
            as missing_reason,
        asset_endpoint.stale_reason || group_endpoint.stale_reason || line_endpoint.stale_reason as stale_reason
    from endpoints as asset_endpoint
    inner join endpoints as group_endpoint
        on
            asset_endpoint.administration_id = group_endpoint.administration_id
            and group_endpoint.endpoint = 'asset_groups'
    inner join endpoints as line_endpoint
        on
            asset_endpoint.administration_id = line_endpoint.administration_id
            and line_endpoint.endpoint = 'transaction_lines'
    where asset_endpoint.endpoint = 'assets'

),

named as (

    select
        administration_id,
        gl_account_id,
        count(*) as line_count
    from asset_lines
    group by administration_id, gl_account_id

),

ledger as (

    select
        summed_lines.administration_id,
        summed_lines.gl_account_id,
        sum(summed_lines.amount) as amount,
        sum(summed_lines.line_count) - coalesce(max(named.line_count), 0) as lines_without_asset
    from summed_lines
    inner join accounts
        on
            summed_lines.administration_id = accounts.administration_id
            and summed_lines.gl_account_id = accounts.gl_account_id
    left join named
        on
            summed_lines.administration_id = named.administration_id
            and summed_lines.gl_account_id = named.gl_account_id
    group by summed_lines.administration_id, summed_lines.gl_account_id

),

booked as (

    select
        administration_id,
        gl_account_id,
        sum(amount) as amount
    from movements
    group by administration_id, gl_account_id

),

compared as (

    select
        accounts.administration_id,
        accounts.gl_account_id,
        coalesce(ledger.amount, 0) as exact_amount,
        coalesce(booked.amount, 0) as mart_amount,
        coalesce(ledger.lines_without_asset, 0) as lines_without_asset
    from accounts
    left join ledger
        on accounts.administration_id = ledger.administration_id and accounts.gl_account_id = ledger.gl_account_id
    left join booked
        on accounts.administration_id = booked.administration_id and accounts.gl_account_id = booked.gl_account_id

),

final as (

    select
        administrations.administration_id,
        'asset_accounts' as check_name,
        'account' as item,
        null::integer as fiscal_year,
        null::integer as fiscal_period,
        compared.gl_account_id,
        null::date as as_of_date,
        null::text as currency_code,
        compared.exact_amount,
        compared.mart_amount,
        null::bigint as exact_count,
        null::bigint as mart_count,
        administrations.is_loaded and coalesce(compared.exact_amount = compared.mart_amount, true) as is_ok,
        case
            when not administrations.is_loaded then administrations.missing_reason
            when compared.exact_amount <> compared.mart_amount
                then
                    'the assets do not add up to the account; lines on it that name no asset: '
                    || compared.lines_without_asset || administrations.stale_reason
        end as reason
    from administrations
    left join compared
        on administrations.administration_id = compared.administration_id and administrations.is_loaded

)

select * from final
