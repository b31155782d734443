with checks as (

    select * from {{ ref('int_entries_balanced') }}
    union all
    select * from {{ ref('int_ledger_compared_with_exact') }}
    union all
    select * from {{ ref('int_open_items_compared_with_exact') }}
    union all
    select * from {{ ref('int_control_accounts_compared') }}
    union all
    select * from {{ ref('int_asset_accounts_compared') }}
    union all
    select * from {{ ref('int_reports_compared_with_ledger') }}
    union all
    select * from {{ ref('int_parents_found') }}

),

final as (

    select
        administration_id,
        check_name,
        item,
        fiscal_year,
        fiscal_period,
        gl_account_id,
        as_of_date,
        currency_code,
        exact_amount::numeric(18, 2) as exact_amount,
        mart_amount::numeric(18, 2) as mart_amount,
        (coalesce(mart_amount, 0) - coalesce(exact_amount, 0))::numeric(18, 2) as difference,
        exact_count::bigint as exact_count,
        mart_count::bigint as mart_count,
        is_ok,
        reason
    from checks

)

select * from final
