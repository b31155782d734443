-- Guards: whatever any line refers to stands in its dimension, so that joining a fact to its dimensions drops nothing.
-- The tests on the ledger itself look at what was built anew; this one at everything, and it is small.
with parents as (

    select * from {{ ref('int_parents_named') }}

),

members as (

    select
        administration_id,
        'gl_account' as parent_kind,
        gl_account_id::text as parent_key
    from {{ ref('dim_gl_accounts') }}

    union all

    select
        administration_id,
        'relation' as parent_kind,
        relation_id::text as parent_key
    from {{ ref('dim_relations') }}

    union all

    select
        administration_id,
        'journal' as parent_kind,
        journal_code as parent_key
    from {{ ref('dim_journals') }}

    union all

    select
        administration_id,
        'cost_center' as parent_kind,
        cost_center_code as parent_key
    from {{ ref('dim_cost_centers') }}

    union all

    select
        administration_id,
        'cost_unit' as parent_kind,
        cost_unit_code as parent_key
    from {{ ref('dim_cost_units') }}

    union all

    select
        administration_id,
        'project' as parent_kind,
        project_id::text as parent_key
    from {{ ref('dim_projects') }}

)

select parents.*
from parents
left join members
    on
        parents.administration_id = members.administration_id
        and parents.parent_kind = members.parent_kind
        and parents.parent_key = members.parent_key
where members.parent_key is null and parents.parent_kind <> 'asset'
