with administrations as (

    select * from {{ ref('stg_exact_ops__administrations') }}

),

projects as (

    select * from {{ ref('stg_exact_online__projects') }}

),

referenced as (

    select
        administration_id,
        parent_key::uuid as project_id,
        parent_code as project_code,
        parent_name as project_name
    from {{ ref('int_parents_named') }}
    where parent_kind = 'project'

),

final as (

    select
        coalesce(projects.administration_id, referenced.administration_id) as administration_id,
        coalesce(projects.project_id, referenced.project_id) as project_id,
        coalesce(
            projects.project_code, referenced.project_code, projects.project_id::text, referenced.project_id::text
        ) as project_code,
        coalesce(
            projects.project_name, referenced.project_name, projects.project_code, referenced.project_code
        ) as project_name,
        projects.start_date as starts_on,
        projects.end_date as ends_on,
        projects.project_id is null as is_inferred,
        coalesce(projects.is_deleted, false) as is_deleted
    from projects
    full outer join referenced
        on projects.administration_id = referenced.administration_id and projects.project_id = referenced.project_id
    where referenced.project_id is not null or not projects.is_deleted

    union all

    select
        administration_id,
        {{ not_used_id() }} as project_id,
        {{ not_used_code() }} as project_code,
        'Not used' as project_name,
        null as starts_on,
        null as ends_on,
        false as is_inferred,
        false as is_deleted
    from administrations

)

select * from final
