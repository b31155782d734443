{# Year after year, because each one takes its share of what the ones before it left; at most 60 years. #}
with recursive assets as (

    select * from {{ ref('int_assets_scheduled') }}
    where method_kind in ('degressive', 'degressive_to_linear')

),

years as (

    select
        administration_id,
        asset_id,
        -1 as year_number,
        0::numeric as depreciated_before,
        0::numeric as amount
    from assets

    union all

    select
        years.administration_id,
        years.asset_id,
        years.year_number + 1 as year_number,
        years.depreciated_before + years.amount as depreciated_before,
        next_year.amount
    from years
    inner join assets
        on years.administration_id = assets.administration_id and years.asset_id = assets.asset_id
    -- a share of the book value; on the way to linear at least the linear share of the cost, at most the highest one
    cross join
        lateral (
            select
                least(
                    case
                        when assets.method_kind = 'degressive' then shares.of_book_value
                        else least(greatest(shares.of_book_value, shares.linear), shares.highest)
                    end,
                    assets.life_amount - years.depreciated_before - years.amount
                ) as amount
            from (
                select
                    round((assets.cost_amount - years.depreciated_before - years.amount) * coalesce(assets.rate, 0), 2)
                        as of_book_value,
                    round(assets.cost_amount * coalesce(assets.linear_rate, 0), 2) as linear,
                    round(assets.cost_amount * coalesce(assets.highest_rate, 1), 2) as highest
            ) as shares
        ) as next_year
    where next_year.amount > 0 and years.year_number < 59

),

final as (

    select
        administration_id,
        asset_id,
        year_number,
        depreciated_before,
        amount
    from years
    where year_number >= 0

)

select * from final
