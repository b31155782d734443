-- Guards: book values of the groups at the end of a year hold every movement of their assets up to it; what opens a
-- year is what closed the one before, and what was taken over.
with movements as (

    select
        administration_id,
        fiscal_year,
        sum(amount) as amount
    from {{ ref('fct_fixed_asset_movements') }}
    group by administration_id, fiscal_year

),

roll_forward as (

    select
        administration_id,
        fiscal_year,
        sum(book_closing) as book_closing
    from {{ ref('rpt_fixed_asset_roll_forward') }}
    group by administration_id, fiscal_year

),

running as (

    select
        roll_forward.*,
        sum(coalesce(movements.amount, 0)) over (
            partition by roll_forward.administration_id order by roll_forward.fiscal_year
        ) as book_value
    from roll_forward
    left join movements
        on
            roll_forward.administration_id = movements.administration_id
            and roll_forward.fiscal_year = movements.fiscal_year

),

beginnings as (

    select
        administration_id,
        asset_group,
        fiscal_year,
        book_opening,
        lag(book_closing) over (
            partition by administration_id, asset_group order by fiscal_year
        ) as closed_before
    from {{ ref('rpt_fixed_asset_roll_forward') }}

),

taken_over as (

    select
        movements.administration_id,
        assets.asset_group,
        movements.fiscal_year,
        sum(movements.amount) as amount
    from {{ ref('int_asset_movements_collected') }} as movements
    inner join {{ ref('dim_fixed_assets') }} as assets
        on movements.administration_id = assets.administration_id and movements.asset_id = assets.asset_id
    where movements.is_opening
    group by movements.administration_id, assets.asset_group, movements.fiscal_year

)

select
    administration_id,
    null as asset_group,
    fiscal_year,
    'closing differs from the movements' as finding
from running
where book_closing <> book_value
union all
select
    beginnings.administration_id,
    beginnings.asset_group,
    beginnings.fiscal_year,
    'opening differs from the closing before it' as finding
from beginnings
left join taken_over
    on
        beginnings.administration_id = taken_over.administration_id
        and beginnings.asset_group = taken_over.asset_group
        and beginnings.fiscal_year = taken_over.fiscal_year
where beginnings.book_opening <> coalesce(beginnings.closed_before, 0) + coalesce(taken_over.amount, 0)
