with groups as (

    select * from {{ ref('stg_exact_online__asset_groups') }}
    where not is_deleted

),

roles as (

    select
        groups.administration_id,
        accounts.gl_account_id,
        accounts.role,
        accounts.precedence
    from groups
    cross join
        lateral (
            values
            (groups.asset_gl_account_id, 'cost', 1),
            (groups.accumulated_gl_account_id, 'accumulated', 2),
            (groups.revaluation_gl_account_id, 'revaluation', 3)
        ) as accounts (gl_account_id, role, precedence)
    where accounts.gl_account_id is not null

),

-- one role per account: a group that books depreciation on its cost account has that account once, as cost
final as (

    select distinct on (administration_id, gl_account_id)
        administration_id,
        gl_account_id,
        role
    from roles
    order by administration_id, gl_account_id, precedence

)

select * from final
