{# The plan of whatever looks back from a date: what was open then, and what had happened by then. #}
{{ config(materialized='table', post_hook='analyze {{ this }}') }}

with as_of_dates as (

    select * from {{ ref('int_as_of_dates_listed') }}

),

terms as (

    select
        *,
        -- all a term shows while it is open: the day it ends is not part of it
        hash_record_extended(
            row(
                payment_term_id, side, relation_id, entry_id, invoice_number, your_ref, invoice_date, due_date,
                amount, amount_fc, currency_code, original_amount
            ), 0
        ) as term_hash
    from {{ ref('int_payment_terms_signed') }}

),

invoiced as (

    select * from {{ ref('int_invoiced_days_summed') }}

),

paid as (

    select * from {{ ref('int_invoices_paid') }}

),

-- a term is there from its invoice on and gone from its end on
events as (

    select
        administration_id,
        invoice_date as happened_on,
        term_hash::numeric as open_change,
        0::numeric as known_change
    from terms
    where end_date is null or end_date > invoice_date

    union all

    select
        administration_id,
        end_date as happened_on,
        -term_hash::numeric as open_change,
        0::numeric as known_change
    from terms
    where end_date > invoice_date

    union all

    select
        administration_id,
        entry_date as happened_on,
        0::numeric as open_change,
        hash_record_extended(row(side, relation_id, entry_date, amount), 0)::numeric as known_change
    from invoiced

    union all

    select
        administration_id,
        ended_on as happened_on,
        0::numeric as open_change,
        hash_record_extended(paid, 0)::numeric as known_change
    from paid

),

days as (

    select
        administration_id,
        happened_on,
        sum(open_change) as open_change,
        sum(known_change) as known_change
    from events
    group by administration_id, happened_on

),

final as (

    select
        as_of_dates.administration_id,
        as_of_dates.as_of_date,
        as_of_dates.is_latest::integer + coalesce(sum(days.open_change), 0) as open_fingerprint,
        as_of_dates.is_latest::integer + coalesce(sum(days.open_change + days.known_change), 0) as known_fingerprint
    from as_of_dates
    left join days
        on
            as_of_dates.administration_id = days.administration_id
            and as_of_dates.as_of_date >= days.happened_on
    group by as_of_dates.administration_id, as_of_dates.as_of_date, as_of_dates.is_latest

)

select * from final
