{# The plan of every card to the end of its life; degressive methods and annuities by their documented parameters. #}
{{ config(materialized='table', post_hook='analyze {{ this }}') }}

with assets as (

    select * from {{ ref('int_assets_scheduled') }}

),

degressive_years as (

    select * from {{ ref('int_degressive_years_computed') }}

),

building_values as (

    select * from {{ ref('stg_exact_online__commercial_building_values') }}
    where not is_deleted

),

periods as (

    select * from {{ ref('int_depreciation_periods_numbered') }}

),

calendars as (

    select * from {{ ref('int_depreciation_calendars_described') }}

),

-- what a method has depreciated by the end of its nth period, counted from 0; cents are rounded half up
linear_totals as (

    select
        assets.administration_id,
        assets.asset_id,
        series.position,
        case
            when series.position = assets.period_count - 1 then assets.life_amount
            else round(assets.life_amount / assets.period_count, 2) * (series.position + 1)
        end as total
    from assets
    cross join lateral generate_series(0, assets.period_count - 1) as series (position)
    where assets.method_kind = 'linear' and assets.period_count > 0

),

fixed_totals as (

    select
        assets.administration_id,
        assets.asset_id,
        series.position,
        least(assets.amount * (series.position + 1), assets.life_amount) as total
    from assets
    -- an amount that would take more than a century is taken for a mistake
    cross join
        lateral generate_series(0, least(ceil(assets.life_amount / assets.amount), 1200)::integer - 1)
            as series (position)
    where assets.method_kind = 'fixed_amount' and assets.amount > 0

),

-- the instalment of a loan over the life: what is not interest grows by the interest of a period
annuity_amounts as (

    select
        assets.administration_id,
        assets.asset_id,
        series.position,
        assets.life_amount,
        series.position = assets.period_count - 1 as is_last,
        round(
            case
                when assets.period_rate = 0 then assets.life_amount / assets.period_count
                else
                    assets.life_amount * assets.period_rate
                    / (power(1 + assets.period_rate, assets.period_count) - 1)
                    * power(1 + assets.period_rate, series.position)
            end, 2
        ) as amount
    from assets
    cross join lateral generate_series(0, assets.period_count - 1) as series (position)
    where assets.method_kind = 'annuity' and assets.period_count > 0

),

annuity_totals as (

    select
        administration_id,
        asset_id,
        position,
        case
            when is_last then life_amount
            else sum(amount) over (partition by administration_id, asset_id order by position)
        end as total
    from annuity_amounts

),

-- each year in equal parts, the rest of the year in its last period
degressive_totals as (

    select
        degressive_years.administration_id,
        degressive_years.asset_id,
        (degressive_years.year_number * assets.periods_per_year) + series.part as position,
        degressive_years.depreciated_before
        + case
            when series.part = assets.periods_per_year - 1 then degressive_years.amount
            else
                least(
                    round(degressive_years.amount / assets.periods_per_year, 2) * (series.part + 1),
                    degressive_years.amount
                )
        end as total
    from degressive_years
    inner join assets
        on
            degressive_years.administration_id = assets.administration_id
            and degressive_years.asset_id = assets.asset_id
    cross join lateral generate_series(0, assets.periods_per_year - 1) as series (part)

),

totals as (

    select * from linear_totals
    union all
    select * from fixed_totals
    union all
    select * from annuity_totals
    union all
    select * from degressive_totals

),

-- what was depreciated before the books takes the place of the plan up to there
placed as (

    select
        totals.administration_id,
        totals.asset_id,
        totals.position,
        assets.first_index + totals.position as period_index,
        assets.life_amount,
        coalesce(assets.taken_over_amount, before.total, 0) as taken_over_amount,
        coalesce(assets.taken_over_amount, before.total, 0) + totals.total - coalesce(before.total, 0) as total,
        totals.position = max(totals.position) over (
            partition by totals.administration_id, totals.asset_id
        ) and assets.method_kind in ('linear', 'annuity') as is_last,
        assets.cost_amount,
        assets.method_kind not in ('linear', 'fixed_amount') as is_estimated_method,
        assets.shown_from_index,
        assets.stop_index
    from totals
    inner join assets
        on totals.administration_id = assets.administration_id and totals.asset_id = assets.asset_id
    left join totals as before
        on
            totals.administration_id = before.administration_id
            and totals.asset_id = before.asset_id
            and assets.taken_over_periods - 1 = before.position
    where totals.position >= assets.taken_over_periods

),

-- never below the residual value, nor below the official minimum of a building
capped as (

    select
        placed.*,
        periods.fiscal_year,
        periods.fiscal_period,
        greatest(
            least(
                case when placed.is_last then placed.life_amount else placed.total end,
                placed.life_amount,
                placed.cost_amount - (
                    select building_values.minimum_value
                    from building_values
                    where
                        building_values.administration_id = placed.administration_id
                        and building_values.asset_id = placed.asset_id
                        and building_values.start_date <= coalesce(periods.ends_on, date '9999-12-31')
                    order by building_values.start_date desc, building_values.line_number desc
                    limit 1
                )
            ), placed.taken_over_amount
        ) as capped_total
    from placed
    left join periods
        on
            placed.administration_id = periods.administration_id
            and placed.period_index = periods.period_index

),

-- a minimum that was raised later stops the depreciation, it takes none back
running as (

    select
        *,
        max(capped_total) over (
            partition by administration_id, asset_id order by position
        ) as running_total
    from capped

),

amounts as (

    select
        *,
        running_total - coalesce(
            lag(running_total) over (partition by administration_id, asset_id order by position), taken_over_amount
        ) as planned_amount
    from running

),

final as (

    select
        amounts.administration_id,
        amounts.asset_id,
        coalesce(
            amounts.fiscal_year,
            calendars.last_year + 1
            + ((amounts.period_index - calendars.last_index - 1) / calendars.periods_per_year)
        ) as fiscal_year,
        coalesce(
            amounts.fiscal_period,
            ((amounts.period_index - calendars.last_index - 1) % calendars.periods_per_year) + 1
        ) as fiscal_period,
        amounts.planned_amount::numeric(18, 2) as planned_amount,
        amounts.is_estimated_method or amounts.period_index > calendars.last_index as is_estimate
    from amounts
    inner join calendars
        on amounts.administration_id = calendars.administration_id
    where
        amounts.planned_amount > 0
        and amounts.period_index >= greatest(0, amounts.shown_from_index)
        and (amounts.stop_index is null or amounts.period_index < amounts.stop_index)

)

select * from final
