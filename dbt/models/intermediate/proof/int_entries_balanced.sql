with summed_entries as (

    select * from {{ ref('int_entries_summed') }}

),

endpoints as (

    select * from {{ ref('int_endpoints_loaded') }}
    where endpoint = 'transaction_lines'

),

-- an entry with lines in two periods may balance all the same
totals as (

    select
        *,
        case when entry_id is null then 0 else sum(amount) over (partition by administration_id, entry_id) end
            as entry_amount
    from summed_entries

),

periods as (

    select
        administration_id,
        fiscal_year,
        fiscal_period,
        sum(abs(amount)) filter (where entry_amount <> 0) as imbalance_amount,
        sum(entry_count) as entry_count,
        coalesce(sum(entry_count) filter (where entry_amount = 0), 0) as balanced_count,
        sum(lines_without_account) as lines_without_account,
        array_to_string(
            (array_agg(entry_number order by entry_number, entry_id) filter (where entry_amount <> 0))[1:5], ', '
        ) as entry_numbers
    from totals
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
