{# The plan of lines with their reporting line: an override is due only where its account has lines. #}
{{ config(materialized='table', post_hook='analyze {{ this }}') }}

with periods as (

    select * from {{ ref('int_ledger_periods_fingerprinted') }}

),

parents as (

    select * from {{ ref('int_parents_referenced') }}

),

mappings as (

    select * from {{ ref('map_gl_accounts') }}

),

projects as (

    select * from {{ ref('dim_projects') }}

),

-- what a line is mapped by: its account's mappings, and the code of its project
mapped_by as (

    select
        administration_id,
        'gl_account' as parent_kind,
        gl_account_id::text as parent_key,
        {{ fingerprint('mappings') }} as fingerprint
    from mappings
    group by administration_id, gl_account_id

    union all

    select
        administration_id,
        'project' as parent_kind,
        project_id::text as parent_key,
        {{ fingerprint('row(project_id, project_code)') }} as fingerprint
    from projects
    group by administration_id, project_id

),

mapped as (

    select
        parents.administration_id,
        parents.fiscal_year,
        parents.fiscal_period,
        sum(mapped_by.fingerprint) as fingerprint
    from parents
    inner join mapped_by
        on
            parents.administration_id = mapped_by.administration_id
            and parents.parent_kind = mapped_by.parent_kind
            and parents.parent_key = mapped_by.parent_key
    group by parents.administration_id, parents.fiscal_year, parents.fiscal_period

),

final as (

    select
        periods.administration_id,
        periods.fiscal_year,
        periods.fiscal_period,
        periods.has_postings,
        periods.fingerprint + coalesce(mapped.fingerprint, 0) as fingerprint
    from periods
    left join mapped
        on
            periods.administration_id = mapped.administration_id
            and periods.fiscal_year = mapped.fiscal_year
            and periods.fiscal_period = mapped.fiscal_period

)

select * from final
