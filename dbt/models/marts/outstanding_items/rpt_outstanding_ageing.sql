{{
    config(
        materialized='incremental',
        incremental_strategy='replace_partitions',
        unique_key=['administration_id', 'as_of_date'],
        on_schema_change='append_new_columns',
        pre_hook="{{ plan_partitions(ref('int_as_of_dates_fingerprinted'), 'open_fingerprint') }}",
    )
}}

with items as (

    select * from {{ ref('fct_outstanding_items') }}
    where true {{ only_due() }}

),

final as (

    select
        items.administration_id,
        items.as_of_date,
        items.side,
        items.relation_id,
        bases.basis,
        bases.bucket,
        sum(items.amount)::numeric(18, 2) as amount,
        count(*)::integer as item_count
    from items
    cross join
        lateral (
            values
            ('due_date', items.ageing_bucket),
            ('invoice_date', items.invoice_age_bucket)
        ) as bases (basis, bucket)
    group by
        items.administration_id,
        items.as_of_date,
        items.side,
        items.relation_id,
        bases.basis,
        bases.bucket

)

select * from final
