{# The plan of whatever looks back from a date: what was open then, and what had happened by then. #}
{{ config(materialized='table', post_hook='analyze {{ this }}') }}

with as_of_dates as (

    select * from {{ ref('int_as_of_dates_listed') }}

),

term_days as (

    select * from {{ ref('int_term_days_fingerprinted') }}

),

invoiced as (

    select * from {{ ref('int_invoices_summed') }}

),

events as (

    select
        administration_id,
        happened_on,
        open_change,
        known_change
    from term_days

    union all

    select
        administration_id,
        entry_date as happened_on,
        0::numeric as open_change,
        {{ fingerprint_of('row(side, relation_id, entry_date, amount)') }} as known_change
    from invoiced

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
