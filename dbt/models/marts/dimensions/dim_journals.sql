with administrations as (

    select * from {{ ref('stg_exact_ops__administrations') }}

),

journals as (

    select * from {{ ref('stg_exact_online__journals') }}
    where journal_code is not null

),

referenced as (

    select
        administration_id,
        parent_key as journal_code,
        parent_name as journal_name
    from {{ ref('int_parents_named') }}
    where parent_kind = 'journal'

),

journal_types as (

    select * from {{ ref('journal_types') }}

),

-- a code may have been deleted and made again: the live journal first
delivered as (

    select distinct on (administration_id, journal_code) *
    from journals
    order by administration_id, journal_code, is_deleted, journal_id

),

members as (

    select
        coalesce(delivered.administration_id, referenced.administration_id) as administration_id,
        coalesce(delivered.journal_code, referenced.journal_code) as journal_code,
        coalesce(
            delivered.journal_name, referenced.journal_name, delivered.journal_code, referenced.journal_code
        ) as journal_name,
        delivered.journal_type,
        delivered.journal_id is null as is_inferred,
        coalesce(delivered.is_deleted, false) as is_deleted
    from delivered
    full outer join referenced
        on
            delivered.administration_id = referenced.administration_id
            and delivered.journal_code = referenced.journal_code
    where referenced.journal_code is not null or not delivered.is_deleted

    union all

    select
        administration_id,
        {{ not_used_code() }} as journal_code,
        'Not used' as journal_name,
        null as journal_type,
        false as is_inferred,
        false as is_deleted
    from administrations

),

final as (

    select
        members.administration_id,
        members.journal_code,
        members.journal_name,
        members.journal_type,
        journal_types.journal_type_name,
        members.is_inferred,
        members.is_deleted
    from members
    left join journal_types
        on members.journal_type = journal_types.journal_type

)

select * from final
