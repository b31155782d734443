-- Guards: whatever asset a line names stands in dim_fixed_assets; of other parents every_parent_is_a_member says so.
with parents as (

    select * from {{ ref('int_parents_named') }}
    where parent_kind = 'asset'

),

members as (

    select * from {{ ref('dim_fixed_assets') }}

)

select parents.*
from parents
left join members
    on parents.administration_id = members.administration_id and parents.parent_key = members.asset_id::text
where members.asset_id is null
