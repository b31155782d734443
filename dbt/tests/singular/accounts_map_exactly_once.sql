-- Guards: on any day an account (or one axis value of it) has at most one reporting line,
-- and the account itself has one.
with mappings as (

    select
        *,
        lead(valid_from) over (
            partition by administration_id, gl_account_id, axis, axis_code order by valid_from
        ) as next_valid_from
    from {{ ref('map_gl_accounts') }}

),

overlapping as (

    select
        administration_id,
        gl_account_id,
        axis || ' ' || axis_code as finding
    from mappings
    where next_valid_from <= valid_to

),

incomplete as (

    select
        accounts.administration_id,
        accounts.gl_account_id,
        'days without a reporting line' as finding
    from {{ ref('dim_gl_accounts') }} as accounts
    left join mappings
        on
            accounts.administration_id = mappings.administration_id
            and accounts.gl_account_id = mappings.gl_account_id
            and mappings.axis = 'none'
    group by accounts.administration_id, accounts.gl_account_id
    having coalesce(sum(mappings.valid_to - mappings.valid_from + 1), 0) <> date '9999-12-31' - date '1900-01-01' + 1

)

select * from overlapping
union all
select * from incomplete
