with lines as (

    select * from {{ ref('fct_gl_transaction_lines') }}

),

endpoints as (

    select * from {{ ref('int_endpoints_loaded') }}
    where endpoint = 'transaction_lines'

),

entries as (

    select
        administration_id,
        entry_id,
        min(entry_number) as entry_number,
        min(fiscal_year) as fiscal_year,
        -- the lines of an entry share their period; should they not, the first one reports it
        (array_agg(fiscal_period order by fiscal_year, fiscal_period))[1] as fiscal_period,
        sum(amount) as amount,
        count(*) filter (where gl_account_id = {{ not_used_id() }}) as lines_without_account
    from lines
    group by administration_id, entry_id

),

periods as (

    select
        administration_id,
        fiscal_year,
        fiscal_period,
        sum(abs(amount)) as imbalance_amount,
        count(*) as entry_count,
        count(*) filter (where amount = 0) as balanced_count,
        sum(lines_without_account) as lines_without_account,
        array_to_string(
            (array_agg(entry_number order by entry_number, entry_id) filter (where amount <> 0))[1:5], ', '
        ) as entry_numbers
    from entries
    group by administration_id, fiscal_year, fiscal_period

),

final as (

    select
        endpoints.administration_id,
        'entry_balance' as check_name,
        'entries' as item,
        periods.fiscal_year,
        periods.fiscal_period,
        null::uuid as gl_account_id,
        null::date as as_of_date,
        null::text as currency_code,
        0::numeric as exact_amount,
        coalesce(periods.imbalance_amount, 0) as mart_amount,
        coalesce(periods.entry_count, 0) as exact_count,
        coalesce(periods.balanced_count, 0) as mart_count,
        endpoints.is_loaded and coalesce(periods.imbalance_amount, 0) = 0 as is_ok,
        case
            when not endpoints.is_loaded then endpoints.missing_reason
            when periods.imbalance_amount <> 0
                then
                    (periods.entry_count - periods.balanced_count)
                    || ' entries do not sum to zero, the first: ' || periods.entry_numbers
        end as reason
    from endpoints
    left join periods
        on endpoints.administration_id = periods.administration_id

)

select * from final
