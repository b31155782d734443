with planned as (

    select * from {{ ref('int_depreciation_planned') }}

),

movements as (

    select * from {{ ref('fct_fixed_asset_movements') }}

),

assets as (

    select * from {{ ref('dim_fixed_assets') }}

),

balances as (

    select * from {{ ref('fct_gl_balances') }}
    where movement_amount <> 0

),

-- up to its last depreciation run an administration's books say what an asset is worth, after it the plan does
runs as (

    select
        administration_id,
        max((fiscal_year * 1000) + fiscal_period) as last_run
    from movements
    where movement_type = 'depreciation'
    group by administration_id

),

last_periods as (

    select
        administration_id,
        max((fiscal_year * 1000) + fiscal_period) as last_period
    from balances
    group by administration_id

),

cutovers as (

    select
        last_periods.administration_id,
        coalesce(runs.last_run, last_periods.last_period) as last_booked
    from last_periods
    left join runs
        on last_periods.administration_id = runs.administration_id

),

booked as (

    select
        administration_id,
        asset_id,
        fiscal_year,
        fiscal_period,
        -sum(amount) filter (where movement_type = 'depreciation') as booked_amount,
        sum(amount) as movement_amount
    from movements
    group by administration_id, asset_id, fiscal_year, fiscal_period

),

-- a blocked asset is not depreciated any more, whatever its plan was
expected as (

    select
        planned.administration_id,
        planned.asset_id,
        planned.fiscal_year,
        planned.fiscal_period,
        planned.planned_amount,
        planned.is_estimate,
        (planned.fiscal_year * 1000) + planned.fiscal_period > cutovers.last_booked as is_to_come
    from planned
    inner join assets
        on planned.administration_id = assets.administration_id and planned.asset_id = assets.asset_id
    left join cutovers
        on planned.administration_id = cutovers.administration_id
    where
        assets.status is distinct from 'blocked'
        or (planned.fiscal_year * 1000) + planned.fiscal_period <= cutovers.last_booked

),

periods as (

    select
        coalesce(expected.administration_id, booked.administration_id) as administration_id,
        coalesce(expected.asset_id, booked.asset_id) as asset_id,
        coalesce(expected.fiscal_year, booked.fiscal_year) as fiscal_year,
        coalesce(expected.fiscal_period, booked.fiscal_period) as fiscal_period,
        expected.planned_amount,
        booked.booked_amount,
        coalesce(booked.movement_amount, 0)
        - case when expected.is_to_come then expected.planned_amount else 0 end as book_value_change,
        coalesce(expected.is_estimate, false) as is_estimate
    from expected
    full outer join booked
        on
            expected.administration_id = booked.administration_id
            and expected.asset_id = booked.asset_id
            and expected.fiscal_year = booked.fiscal_year
            and expected.fiscal_period = booked.fiscal_period

),

running as (

    select
        *,
        sum(book_value_change) over (
            partition by administration_id, asset_id order by fiscal_year, fiscal_period
        ) as book_value
    from periods

),

final as (

    select
        administration_id,
        asset_id,
        fiscal_year,
        fiscal_period,
        coalesce(planned_amount, 0)::numeric(18, 2) as planned_amount,
        coalesce(booked_amount, 0)::numeric(18, 2) as booked_amount,
        book_value::numeric(18, 2) as book_value,
        is_estimate
    from running
    where planned_amount is not null or booked_amount is not null

)

select * from final
