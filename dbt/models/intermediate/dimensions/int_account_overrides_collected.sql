with web_page as (

    select * from {{ ref('stg_exact_ops__account_mapping_overrides') }}
    where not is_withdrawn

),

seed as (

    select * from {{ ref('account_mapping_overrides') }}

),

-- only lines an account can stand on: totals of a statement and lines of the cash flow have no cash-flow class
reporting_lines as (

    select * from {{ ref('reporting_lines') }}
    where statement in ('balance_sheet', 'profit_and_loss') and cash_flow_line_code is not null

),

unioned as (

    select
        environment,
        division_code,
        account_code,
        axis,
        axis_code,
        reporting_line_code,
        valid_from,
        valid_to,
        author,
        comment,
        'web_page' as origin,
        override_id as sequence_number
    from web_page

    union all

    select
        environment,
        division_code,
        btrim(account_code) as account_code,
        axis,
        nullif(btrim(axis_code), '') as axis_code,
        reporting_line_code,
        valid_from,
        valid_to,
        author,
        comment,
        'seed' as origin,
        null as sequence_number
    from seed

),

final as (

    select
        unioned.environment,
        unioned.division_code,
        unioned.account_code,
        coalesce(unioned.axis, 'none') as axis,
        coalesce(unioned.axis_code, '(all)') as axis_code,
        unioned.reporting_line_code,
        greatest(unioned.valid_from, date '1900-01-01') as valid_from,
        least(unioned.valid_to, date '9999-12-31') as valid_to,
        unioned.author,
        unioned.comment,
        unioned.origin,
        unioned.sequence_number,
        -- an axis without its value, or a value without its axis, is no mapping: the seed can hold either
        reporting_lines.reporting_line_code is not null
        and (unioned.axis is null) = (unioned.axis_code is null) as has_reporting_line
    from unioned
    left join reporting_lines
        on unioned.reporting_line_code = reporting_lines.reporting_line_code

)

select * from final
