with assets as (

    select * from {{ ref('stg_exact_online__assets') }}

),

groups as (

    select * from {{ ref('stg_exact_online__asset_groups') }}

),

methods as (

    select * from {{ ref('stg_exact_online__depreciation_methods') }}

),

statuses as (

    select * from {{ ref('asset_statuses') }}

),

lines as (

    select * from {{ ref('int_asset_lines_listed') }}

),

-- a card names no day of disposal: the entry that disposed of it does
disposals as (

    select
        administration_id,
        asset_id,
        min(entry_date) as disposed_on
    from lines
    where transaction_type in (75, 76)
    group by administration_id, asset_id

),

referenced as (

    select
        administration_id,
        parent_key::uuid as asset_id,
        parent_code as asset_code,
        parent_name as asset_description
    from {{ ref('int_parents_named') }}
    where parent_kind = 'asset'

),

members as (

    select
        coalesce(assets.administration_id, referenced.administration_id) as administration_id,
        coalesce(assets.asset_id, referenced.asset_id) as asset_id,
        coalesce(assets.asset_code, referenced.asset_code) as asset_code,
        coalesce(assets.asset_description, referenced.asset_description) as description,
        assets.asset_group_id,
        assets.asset_group_code,
        assets.asset_group_name,
        assets.depreciation_method_id,
        assets.depreciation_method_name,
        assets.asset_status,
        assets.investment_date as invested_on,
        assets.end_date,
        assets.investment_amount,
        assets.residual_value,
        assets.start_date as depreciation_starts_on,
        assets.asset_id is null as is_inferred,
        coalesce(assets.is_deleted, false) as is_deleted
    from assets
    full outer join referenced
        on assets.administration_id = referenced.administration_id and assets.asset_id = referenced.asset_id
    where referenced.asset_id is not null or not assets.is_deleted

),

final as (

    select
        members.administration_id,
        members.asset_id,
        members.asset_code,
        members.description,
        coalesce(groups.asset_group_code, members.asset_group_code, {{ not_used_code() }}) as asset_group,
        coalesce(groups.asset_group_name, members.asset_group_name) as asset_group_name,
        coalesce(statuses.asset_status_name, members.asset_status::text) as status,
        members.invested_on,
        coalesce(disposals.disposed_on, case when members.asset_status = 6 then members.end_date end) as disposed_on,
        members.investment_amount,
        members.residual_value,
        coalesce(
            methods.depreciation_method_name,
            members.depreciation_method_name,
            group_methods.depreciation_method_name
        ) as depreciation_method,
        members.depreciation_starts_on,
        members.is_inferred,
        members.is_deleted
    from members
    left join groups
        on members.administration_id = groups.administration_id and members.asset_group_id = groups.asset_group_id
    left join methods
        on
            members.administration_id = methods.administration_id
            and members.depreciation_method_id = methods.depreciation_method_id
    left join methods as group_methods
        on
            groups.administration_id = group_methods.administration_id
            and groups.depreciation_method_id = group_methods.depreciation_method_id
    left join statuses
        on members.asset_status = statuses.asset_status
    left join disposals
        on members.administration_id = disposals.administration_id and members.asset_id = disposals.asset_id

)

select * from final
