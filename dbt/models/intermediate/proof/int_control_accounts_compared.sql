with lines as (

    select * from {{ ref('int_control_lines_summed') }}

),

items as (

    select * from {{ ref('fct_outstanding_items') }}

),

as_of_dates as (

    select * from {{ ref('int_as_of_dates_listed') }}

),

endpoints as (

    select * from {{ ref('int_endpoints_loaded') }}

),

sides as (

    select
        lines_endpoint.administration_id,
        listed.side,
        lines_endpoint.is_loaded and terms_endpoint.is_loaded as is_loaded,
        coalesce(lines_endpoint.missing_reason, terms_endpoint.missing_reason) as missing_reason,
        lines_endpoint.stale_reason || terms_endpoint.stale_reason as stale_reason
    from endpoints as lines_endpoint
    inner join endpoints as terms_endpoint
        on
            lines_endpoint.administration_id = terms_endpoint.administration_id
            and terms_endpoint.endpoint = 'payment_terms'
    cross join (
        values
        ('receivable'),
        ('payable')
    ) as listed (side)
    where lines_endpoint.endpoint = 'transaction_lines'

),

daily_totals as (

    select
        administration_id,
        side,
        entry_date,
        item,
        sum(amount) as amount,
        sum(line_count) as line_count
    from lines
    group by administration_id, side, entry_date, item

),

ledger as (

    select
        as_of_dates.administration_id,
        as_of_dates.as_of_date,
        daily_totals.side,
        daily_totals.item,
        sum(daily_totals.amount) as amount,
        sum(daily_totals.line_count) as line_count
    from as_of_dates
    inner join daily_totals
        on
            as_of_dates.administration_id = daily_totals.administration_id
            and as_of_dates.as_of_date >= daily_totals.entry_date
    group by as_of_dates.administration_id, as_of_dates.as_of_date, daily_totals.side, daily_totals.item

),

-- in the sign of the ledger, as the lines are
item_totals as (

    select
        administration_id,
        as_of_date,
        side,
        case side when 'receivable' then sum(amount) else -sum(amount) end as amount
    from items
    group by administration_id, as_of_date, side

),

wanted as (

    select
        sides.*,
        as_of_dates.as_of_date,
        listed.item
    from sides
    left join as_of_dates
        on sides.administration_id = as_of_dates.administration_id and sides.is_loaded
    cross join (
        values
        ('open items'),
        ('exchange differences'),
        ('lines without a term')
    ) as listed (item)
    where listed.item = 'open items' or as_of_dates.as_of_date is not null

),

compared as (

    select
        wanted.*,
        coalesce(ledger.amount, 0) as exact_amount,
        case when wanted.item = 'open items' then coalesce(item_totals.amount, 0) else 0 end as mart_amount,
        coalesce(ledger.line_count, 0) as line_count
    from wanted
    left join ledger
        on
            wanted.administration_id = ledger.administration_id
            and wanted.as_of_date = ledger.as_of_date
            and wanted.side = ledger.side
            and wanted.item = ledger.item
    left join item_totals
        on
            wanted.administration_id = item_totals.administration_id
            and wanted.as_of_date = item_totals.as_of_date
            and wanted.side = item_totals.side

),

final as (

    select
        administration_id,
        case side when 'receivable' then 'receivables_control_accounts' else 'payables_control_accounts' end
            as check_name,
        item,
        null::integer as fiscal_year,
        null::integer as fiscal_period,
        null::uuid as gl_account_id,
        as_of_date,
        null::text as currency_code,
        case when is_loaded and as_of_date is not null then exact_amount end as exact_amount,
        case when is_loaded and as_of_date is not null then mart_amount end as mart_amount,
        case when item <> 'open items' then line_count end as exact_count,
        case when item <> 'open items' then 0 end as mart_count,
        -- an exchange difference is booked on the account and never on an item: explained, and shown
        is_loaded
        and as_of_date is not null
        and (item = 'exchange differences' or exact_amount = mart_amount) as is_ok,
        case
            when not is_loaded then missing_reason
            when as_of_date is null then 'payment_terms: no day they were loaded on'
            when item = 'exchange differences' and line_count > 0
                then 'types 80 and 82: booked on the control account, never on an item'
            when exact_amount = mart_amount then null
            when item = 'lines without a term' then 'posted on the control account without an item'
            else 'the items do not add up to the ledger' || stale_reason
        end as reason
    from compared

)

select * from final
