{{
    config(
        materialized='incremental',
        incremental_strategy='replace_partitions',
        unique_key=['administration_id', 'as_of_date'],
        on_schema_change='append_new_columns',
        pre_hook="{{ plan_partitions(ref('int_as_of_dates_fingerprinted'), 'open_fingerprint') }}",
    )
}}

with terms as (

    select * from {{ ref('int_payment_terms_signed') }}

),

as_of_dates as (

    select * from {{ ref('int_as_of_dates_listed') }}
    where true {{ only_due() }}

),

-- open at a date by its dates alone: the status says what is open today, not what was open then
open_items as (

    select
        terms.*,
        as_of_dates.as_of_date,
        as_of_dates.is_latest,
        as_of_dates.as_of_date - terms.due_date as days_overdue,
        as_of_dates.as_of_date - terms.invoice_date as days_since_invoice
    from terms
    inner join as_of_dates
        on
            terms.administration_id = as_of_dates.administration_id
            and terms.invoice_date <= as_of_dates.as_of_date
            and (terms.end_date is null or terms.end_date > as_of_dates.as_of_date)

),

final as (

    select
        administration_id,
        as_of_date,
        payment_term_id as item_id,
        side,
        relation_id,
        entry_id,
        invoice_number,
        your_ref,
        invoice_date,
        due_date,
        amount,
        amount_fc,
        currency_code,
        original_amount,
        days_overdue,
        case
            when days_overdue <= 0 then 'not_due'
            when days_overdue <= 30 then '1-30'
            when days_overdue <= 60 then '31-60'
            when days_overdue <= 90 then '61-90'
            else '>90'
        end as ageing_bucket,
        days_since_invoice,
        case
            when days_since_invoice <= 30 then '0-30'
            when days_since_invoice <= 60 then '31-60'
            when days_since_invoice <= 90 then '61-90'
            else '>90'
        end as invoice_age_bucket,
        is_latest
    from open_items

)

select * from final
