with administrations as (

    select * from {{ ref('stg_exact_ops__administrations') }}

),

cost_units as (

    select * from {{ ref('stg_exact_online__cost_units') }}
    where cost_unit_code is not null

),

referenced as (

    select
        administration_id,
        parent_key as cost_unit_code,
        parent_name as cost_unit_name
    from {{ ref('int_parents_named') }}
    where parent_kind = 'cost_unit'

),

-- a code may have been deleted and made again: the live one first
delivered as (

    select distinct on (administration_id, cost_unit_code) *
    from cost_units
    order by administration_id, cost_unit_code, is_deleted, cost_unit_id

),

final as (

    select
        coalesce(delivered.administration_id, referenced.administration_id) as administration_id,
        coalesce(delivered.cost_unit_code, referenced.cost_unit_code) as cost_unit_code,
        coalesce(
            delivered.cost_unit_name, referenced.cost_unit_name, delivered.cost_unit_code, referenced.cost_unit_code
        ) as cost_unit_name,
        delivered.end_date as ends_on,
        delivered.cost_unit_id is null as is_inferred,
        coalesce(delivered.is_deleted, false) as is_deleted
    from delivered
    full outer join referenced
        on
            delivered.administration_id = referenced.administration_id
            and delivered.cost_unit_code = referenced.cost_unit_code
    where referenced.cost_unit_code is not null or not delivered.is_deleted

    union all

    select
        administration_id,
        {{ not_used_code() }} as cost_unit_code,
        'Not used' as cost_unit_name,
        null as ends_on,
        false as is_inferred,
        false as is_deleted
    from administrations

)

select * from final
