{# What lines refer to, as their latest lines name it: what Exact does not deliver is built from it. #}
{{ config(materialized='table', post_hook='analyze {{ this }}') }}

with parents as (

    select * from {{ ref('int_parents_referenced') }}

),

final as (

    select distinct on (administration_id, parent_kind, parent_key)
        administration_id,
        parent_kind,
        parent_key,
        parent_code,
        parent_name,
        last_entry_date
    from parents
    order by
        administration_id asc,
        parent_kind asc,
        parent_key asc,
        last_entry_date desc nulls last,
        fiscal_year desc,
        fiscal_period desc,
        parent_code asc,
        parent_name asc

)

select * from final
