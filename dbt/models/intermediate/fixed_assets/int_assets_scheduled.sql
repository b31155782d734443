{# When an asset is depreciated, by what, and from where to where. #}
{{ config(materialized='table', post_hook='analyze {{ this }}') }}

with assets as (

    select * from {{ ref('stg_exact_online__assets') }}
    -- 2: not validated yet
    where not is_deleted and asset_status is distinct from 2

),

groups as (

    select * from {{ ref('stg_exact_online__asset_groups') }}

),

methods as (

    select * from {{ ref('int_depreciation_methods_classified') }}

),

calendars as (

    select * from {{ ref('int_depreciation_calendars_described') }}

),

periods as (

    select * from {{ ref('int_depreciation_periods_numbered') }}

),

movements as (

    select * from {{ ref('int_asset_movements_collected') }}

),

chosen as (

    select
        assets.administration_id,
        assets.asset_id,
        assets.asset_status,
        assets.asset_from_id,
        coalesce(assets.start_date, assets.depreciated_start_date) as starts_on,
        -- sold or inactive: the card keeps the day
        case when assets.asset_status in (3, 6) then assets.end_date end as ends_on,
        assets.investment_amount as cost_amount,
        coalesce(assets.residual_value, 0) as residual_amount,
        case when assets.is_already_depreciated then assets.depreciated_amount end as taken_over_amount,
        case when assets.is_already_depreciated then assets.depreciated_periods end as taken_over_periods,
        coalesce(assets.depreciation_method_id, groups.depreciation_method_id) as depreciation_method_id
    from assets
    left join groups
        on assets.administration_id = groups.administration_id and assets.asset_group_id = groups.asset_group_id

),

own_movements as (

    select
        administration_id,
        asset_id,
        min((fiscal_year * 1000) + fiscal_period) as first_period,
        min((fiscal_year * 1000) + fiscal_period) filter (where movement_type = 'disposal') as disposal_period
    from movements
    group by administration_id, asset_id

),

-- periods before the calendar and behind it are counted in its own length of a period
numbered as (

    select
        chosen.administration_id,
        chosen.asset_id,
        chosen.starts_on,
        moments.moment,
        case
            when moments.happened_on < calendars.first_starts_on
                then
                    -ceil(
                        (
                            (extract(year from calendars.first_starts_on) - extract(year from moments.happened_on)) * 12
                            + extract(month from calendars.first_starts_on) - extract(month from moments.happened_on)
                        ) / calendars.months_per_period
                    )::integer
            when moments.happened_on > calendars.last_ends_on
                then
                    calendars.last_index + 1 + floor(
                        (
                            (extract(year from moments.happened_on) - extract(year from calendars.next_starts_on)) * 12
                            + extract(month from moments.happened_on) - extract(month from calendars.next_starts_on)
                        ) / calendars.months_per_period
                    )::integer
            else (
                select max(periods.period_index)
                from periods
                where
                    periods.administration_id = chosen.administration_id
                    and periods.starts_on <= moments.happened_on
            )
        end as period_index
    from chosen
    inner join calendars
        on chosen.administration_id = calendars.administration_id
    cross join
        lateral (
            values
            ('start', chosen.starts_on),
            ('end', chosen.ends_on)
        ) as moments (moment, happened_on)
    where moments.happened_on is not null

),

-- of a booked period the last regular one that is not behind it: an adjustment period stands for the one before
booked as (

    select
        own_movements.administration_id,
        own_movements.asset_id,
        coalesce(
            max(periods.period_index)
            filter (where (periods.fiscal_year * 1000) + periods.fiscal_period <= own_movements.first_period), 0
        ) as first_index,
        max(periods.period_index)
        filter (where (periods.fiscal_year * 1000) + periods.fiscal_period <= own_movements.disposal_period)
            as disposal_index
    from own_movements
    inner join periods
        on own_movements.administration_id = periods.administration_id
    group by own_movements.administration_id, own_movements.asset_id

),

final as (

    select
        chosen.administration_id,
        chosen.asset_id,
        chosen.asset_status,
        methods.method_kind,
        coalesce(methods.periods, methods.years * calendars.periods_per_year) as period_count,
        calendars.periods_per_year,
        methods.amount,
        methods.rate,
        coalesce(methods.rate, 0) / calendars.periods_per_year as period_rate,
        methods.linear_rate,
        methods.highest_rate,
        chosen.cost_amount,
        chosen.cost_amount - chosen.residual_amount as life_amount,
        coalesce(chosen.taken_over_periods, 0) as taken_over_periods,
        chosen.taken_over_amount,
        -- a start before the calendar is counted back from where the books took the asset over, as the card counts it
        case
            when starts.period_index < 0 and chosen.taken_over_periods is not null
                then coalesce(booked.first_index, 0) - chosen.taken_over_periods
            else starts.period_index
        end as first_index,
        -- the part split off, or the card moved to, goes on where the other one stops
        case when chosen.asset_from_id is not null then booked.first_index end as shown_from_index,
        least(booked.disposal_index, ends.period_index) as stop_index
    from chosen
    inner join calendars
        on chosen.administration_id = calendars.administration_id
    inner join methods
        on
            chosen.administration_id = methods.administration_id
            and chosen.depreciation_method_id = methods.depreciation_method_id
    inner join numbered as starts
        on
            chosen.administration_id = starts.administration_id
            and chosen.asset_id = starts.asset_id
            and starts.moment = 'start'
    left join numbered as ends
        on
            chosen.administration_id = ends.administration_id
            and chosen.asset_id = ends.asset_id
            and ends.moment = 'end'
    left join booked
        on chosen.administration_id = booked.administration_id and chosen.asset_id = booked.asset_id
    where methods.method_kind is not null and chosen.cost_amount > chosen.residual_amount

)

select * from final
