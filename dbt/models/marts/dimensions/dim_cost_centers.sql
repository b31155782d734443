with administrations as (

    select * from {{ ref('stg_exact_ops__administrations') }}

),

cost_centers as (

    select * from {{ ref('stg_exact_online__cost_centers') }}
    where cost_center_code is not null

),

referenced as (

    select
        administration_id,
        parent_key as cost_center_code,
        parent_name as cost_center_name
    from {{ ref('int_parents_named') }}
    where parent_kind = 'cost_center'

),

-- a code may have been deleted and made again: the live one first
delivered as (

    select distinct on (administration_id, cost_center_code) *
    from cost_centers
    order by administration_id, cost_center_code, is_deleted, cost_center_id

),

final as (

    select
        coalesce(delivered.administration_id, referenced.administration_id) as administration_id,
        coalesce(delivered.cost_center_code, referenced.cost_center_code) as cost_center_code,
        coalesce(
            delivered.cost_center_name,
            referenced.cost_center_name,
            delivered.cost_center_code,
            referenced.cost_center_code
        ) as cost_center_name,
        delivered.end_date as ends_on,
        delivered.cost_center_id is null as is_inferred,
        coalesce(delivered.is_deleted, false) as is_deleted
    from delivered
    full outer join referenced
        on
            delivered.administration_id = referenced.administration_id
            and delivered.cost_center_code = referenced.cost_center_code
    where referenced.cost_center_code is not null or not delivered.is_deleted

    union all

    select
        administration_id,
        {{ not_used_code() }} as cost_center_code,
        'Not used' as cost_center_name,
        null as ends_on,
        false as is_inferred,
        false as is_deleted
    from administrations

)

select * from final
