{{
    config(
        materialized='incremental',
        incremental_strategy='replace_partitions',
        unique_key=['administration_id', 'as_of_date'],
        on_schema_change='append_new_columns',
        pre_hook="{{ plan_partitions(ref('int_as_of_dates_fingerprinted'), 'known_fingerprint') }}",
    )
}}

with as_of_dates as (

    select * from {{ ref('int_as_of_dates_listed') }}
    where true {{ only_due() }}

),

items as (

    select * from {{ ref('fct_outstanding_items') }}
    where true {{ only_due() }}

),

invoiced_days as (

    select * from {{ ref('int_invoices_summed') }}

),

invoices_paid as (

    select * from {{ ref('int_invoices_paid') }}

),

paid_days as (

    select
        administration_id,
        side,
        relation_id,
        ended_on,
        sum(days_late) as days_late,
        count(*) as invoice_count
    from invoices_paid
    group by administration_id, side, relation_id, ended_on

),

amounts as (

    select
        administration_id,
        as_of_date,
        side,
        relation_id,
        sum(amount) as open_amount,
        0 as invoiced_amount,
        0 as days_late,
        0 as invoice_count
    from items
    group by administration_id, as_of_date, side, relation_id

    union all

    -- the 365 days that end with the date
    select
        as_of_dates.administration_id,
        as_of_dates.as_of_date,
        invoiced_days.side,
        invoiced_days.relation_id,
        0 as open_amount,
        sum(invoiced_days.amount) as invoiced_amount,
        0 as days_late,
        0 as invoice_count
    from as_of_dates
    inner join invoiced_days
        on
            as_of_dates.administration_id = invoiced_days.administration_id
            and as_of_dates.as_of_date >= invoiced_days.entry_date
            and as_of_dates.as_of_date - 365 < invoiced_days.entry_date
    group by as_of_dates.administration_id, as_of_dates.as_of_date, invoiced_days.side, invoiced_days.relation_id

    union all

    select
        as_of_dates.administration_id,
        as_of_dates.as_of_date,
        paid_days.side,
        paid_days.relation_id,
        0 as open_amount,
        0 as invoiced_amount,
        sum(paid_days.days_late) as days_late,
        sum(paid_days.invoice_count) as invoice_count
    from as_of_dates
    inner join paid_days
        on
            as_of_dates.administration_id = paid_days.administration_id
            and as_of_dates.as_of_date >= paid_days.ended_on
    group by as_of_dates.administration_id, as_of_dates.as_of_date, paid_days.side, paid_days.relation_id

),

summed as (

    select
        administration_id,
        as_of_date,
        side,
        relation_id,
        sum(open_amount) as open_amount,
        sum(invoiced_amount) as invoiced_amount,
        sum(days_late) as days_late,
        sum(invoice_count) as invoice_count
    from amounts
    group by administration_id, as_of_date, side, relation_id

),

-- nothing invoiced, or more credited than invoiced: no number of days means anything
final as (

    select
        administration_id,
        relation_id,
        side,
        as_of_date,
        open_amount::numeric(18, 2) as open_amount,
        invoiced_amount::numeric(18, 2) as invoiced_amount,
        case when invoiced_amount > 0 then round(open_amount * 365 / invoiced_amount, 2) end::numeric(18, 2)
            as days_outstanding,
        case when invoice_count > 0 then round(days_late * 1.0 / invoice_count, 2) end::numeric(18, 2)
            as average_days_late,
        invoice_count::integer as paid_invoice_count
    from summed

)

select * from final
