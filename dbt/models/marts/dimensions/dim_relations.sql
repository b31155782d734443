with administrations as (

    select * from {{ ref('stg_exact_ops__administrations') }}

),

relations as (

    select * from {{ ref('stg_exact_online__relations') }}

),

named as (

    select * from {{ ref('int_parents_named') }}
    where parent_kind = 'relation'

),

terms as (

    select * from {{ ref('int_term_relations_named') }}

),

mentions as (

    select
        administration_id,
        parent_key::uuid as relation_id,
        parent_code as relation_code,
        parent_name as relation_name,
        last_entry_date as entry_date,
        0 as mention_order,
        false as is_customer,
        false as is_supplier
    from named

    union all

    select
        administration_id,
        relation_id,
        relation_code,
        relation_name,
        entry_date,
        1 as mention_order,
        is_customer,
        is_supplier
    from terms

),

roles as (

    select
        administration_id,
        relation_id,
        bool_or(is_customer) as is_customer,
        bool_or(is_supplier) as is_supplier
    from mentions
    group by administration_id, relation_id

),

latest as (

    select distinct on (administration_id, relation_id)
        administration_id,
        relation_id,
        relation_code,
        relation_name
    from mentions
    order by administration_id asc, relation_id asc, entry_date desc nulls last, mention_order asc

),

referenced as (

    select
        latest.administration_id,
        latest.relation_id,
        latest.relation_code,
        latest.relation_name,
        roles.is_customer,
        roles.is_supplier
    from latest
    inner join roles
        on latest.administration_id = roles.administration_id and latest.relation_id = roles.relation_id

),

final as (

    select
        coalesce(relations.administration_id, referenced.administration_id) as administration_id,
        coalesce(relations.relation_id, referenced.relation_id) as relation_id,
        coalesce(relations.relation_code, referenced.relation_code) as relation_code,
        coalesce(
            relations.relation_name, referenced.relation_name, relations.relation_code, referenced.relation_code
        ) as relation_name,
        relations.country_code,
        -- Exact's status C is a customer; a relation Exact did not deliver is what its terms say it is
        coalesce(relations.relation_status = 'C', referenced.is_customer, false) as is_customer,
        coalesce(relations.is_supplier, referenced.is_supplier, false) as is_supplier,
        relations.relation_id is null as is_inferred,
        coalesce(relations.is_deleted, false) as is_deleted
    from relations
    full outer join referenced
        on
            relations.administration_id = referenced.administration_id
            and relations.relation_id = referenced.relation_id
    where referenced.relation_id is not null or not relations.is_deleted

    union all

    select
        administration_id,
        {{ not_used_id() }} as relation_id,
        {{ not_used_code() }} as relation_code,
        'Not used' as relation_name,
        null as country_code,
        false as is_customer,
        false as is_supplier,
        false as is_inferred,
        false as is_deleted
    from administrations

)

select * from final
