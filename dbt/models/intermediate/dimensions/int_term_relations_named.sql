{# Customers and suppliers as payment terms name them: the latest term counts. #}
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

    select * from {{ ref('stg_exact_online__payment_terms') }}
    where not is_deleted and relation_id is not null {{ only_due() }}

),

roles as (

    select
        administration_id,
        relation_id,
        bool_or(line_type = 20) as is_customer,
        bool_or(line_type = 22) as is_supplier
    from terms
    group by administration_id, relation_id

),

latest as (

    select distinct on (administration_id, relation_id)
        administration_id,
        relation_id,
        relation_code,
        relation_name,
        coalesce(entry_date, invoice_date) as entry_date
    from terms
    order by
        administration_id asc, relation_id asc, coalesce(entry_date, invoice_date) desc nulls last, payment_term_id asc

),

final as (

    select
        latest.administration_id,
        latest.relation_id,
        latest.relation_code,
        latest.relation_name,
        latest.entry_date,
        roles.is_customer,
        roles.is_supplier
    from latest
    inner join roles
        on latest.administration_id = roles.administration_id and latest.relation_id = roles.relation_id

)

select * from final
