with movements as (

    select * from {{ ref('int_asset_movements_collected') }}

),

final as (

    select
        administration_id,
        asset_id,
        fiscal_year,
        fiscal_period,
        movement_type,
        sum(amount)::numeric(18, 2) as amount,
        bool_or(is_from_card) as is_from_card
    from movements
    group by administration_id, asset_id, fiscal_year, fiscal_period, movement_type

)

select * from final
