{# What payment terms change of the picture on a day: what is open from then on, and what is known. #}
{{
    config(
        materialized='incremental',
        incremental_strategy='replace_partitions',
        unique_key=['administration_id'],
        on_schema_change='append_new_columns',
        pre_hook="{{ plan_partitions(ref('int_terms_fingerprinted')) }}",
        post_hook="{{ analyze_what_changed() }}",
    )
}}

with terms as (

    select
        *,
        -- all a term shows while it is open: the day it ends is not part of it
        {{ fingerprint_of(
            'row(payment_term_id, side, relation_id, entry_id, invoice_number, your_ref, invoice_date, due_date, '
            'amount, amount_fc, currency_code, original_amount)'
        ) }} as term_fingerprint
    from {{ ref('int_payment_terms_signed') }}
    where true {{ only_due() }}

),

paid as (

    select * from {{ ref('int_invoices_paid') }}
    where true {{ only_due() }}

),

-- a term is there from its invoice on and gone from its end on
events as (

    select
        administration_id,
        invoice_date as happened_on,
        term_fingerprint as open_change,
        0::numeric as known_change
    from terms
    where end_date is null or end_date > invoice_date

    union all

    select
        administration_id,
        end_date as happened_on,
        -term_fingerprint as open_change,
        0::numeric as known_change
    from terms
    where end_date > invoice_date

    union all

    select
        administration_id,
        ended_on as happened_on,
        0::numeric as open_change,
        {{ fingerprint_of('paid') }} as known_change
    from paid

),

final as (

    select
        administration_id,
        happened_on,
        sum(open_change) as open_change,
        sum(known_change) as known_change
    from events
    -- a term without any day is in no picture
    where happened_on is not null
    group by administration_id, happened_on

)

select * from final
