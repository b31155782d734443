with movements as (

    select * from {{ ref('int_asset_movements_collected') }}

),

assets as (

    select * from {{ ref('dim_fixed_assets') }}

),

ledger_years as (

    select * from {{ ref('int_years_fingerprinted') }}

),

-- Cost, what was depreciated of it, and what it was revalued by. Depreciation booked straight on the cost account is
-- depreciation all the same; a disposal, transfer or split counts where its account says.
parts as (

    select
        movements.administration_id,
        assets.asset_group,
        movements.fiscal_year,
        case
            when movements.movement_type = 'investment' then 'cost'
            when movements.movement_type in ('depreciation', 'taken_over_depreciation') then 'accumulated'
            when movements.movement_type = 'revaluation' then 'revaluation'
            else movements.role
        end as part,
        case
            when movements.is_opening then 'opening'
            when movements.movement_type in ('transfer', 'split') then 'transfer'
            else movements.movement_type
        end as kind,
        movements.amount
    from movements
    inner join assets
        on movements.administration_id = assets.administration_id and movements.asset_id = assets.asset_id

),

summed as (

    select
        administration_id,
        asset_group,
        fiscal_year,
        coalesce(sum(amount) filter (where part = 'cost'), 0) as cost,
        coalesce(sum(amount) filter (where part = 'cost' and kind = 'opening'), 0) as cost_brought,
        coalesce(sum(amount) filter (where part = 'cost' and kind = 'investment'), 0) as additions,
        coalesce(sum(amount) filter (where part = 'cost' and kind = 'transfer'), 0) as transfers_cost,
        coalesce(-sum(amount) filter (where part = 'cost' and kind = 'disposal'), 0) as disposals_cost,
        coalesce(-sum(amount) filter (where part = 'accumulated'), 0) as accumulated,
        coalesce(-sum(amount) filter (where part = 'accumulated' and kind = 'opening'), 0) as accumulated_brought,
        coalesce(-sum(amount) filter (where part = 'accumulated' and kind = 'depreciation'), 0) as depreciation,
        coalesce(-sum(amount) filter (where part = 'accumulated' and kind = 'transfer'), 0) as transfers_accumulated,
        coalesce(sum(amount) filter (where part = 'accumulated' and kind = 'disposal'), 0) as disposals_accumulated,
        coalesce(sum(amount) filter (where part = 'revaluation'), 0) as revaluation_change,
        coalesce(sum(amount) filter (where part = 'revaluation' and kind = 'opening'), 0) as revaluation_brought
    from parts
    group by administration_id, asset_group, fiscal_year

),

first_years as (

    select
        administration_id,
        asset_group,
        min(fiscal_year) as fiscal_year
    from summed
    group by administration_id, asset_group

),

-- quiet years too, to the last one of the ledger
group_years as (

    select
        first_years.administration_id,
        first_years.asset_group,
        ledger_years.fiscal_year
    from first_years
    inner join ledger_years
        on
            first_years.administration_id = ledger_years.administration_id
            and first_years.fiscal_year <= ledger_years.fiscal_year

),

running as (

    select
        group_years.administration_id,
        group_years.asset_group,
        group_years.fiscal_year,
        coalesce(summed.cost_brought, 0) as cost_brought,
        coalesce(summed.additions, 0) as additions,
        coalesce(summed.transfers_cost, 0) as transfers_cost,
        coalesce(summed.disposals_cost, 0) as disposals_cost,
        coalesce(summed.accumulated_brought, 0) as accumulated_brought,
        coalesce(summed.depreciation, 0) as depreciation,
        coalesce(summed.transfers_accumulated, 0) as transfers_accumulated,
        coalesce(summed.disposals_accumulated, 0) as disposals_accumulated,
        coalesce(summed.revaluation_change, 0) as revaluation_change,
        coalesce(summed.revaluation_brought, 0) as revaluation_brought,
        coalesce(summed.cost, 0) as cost,
        coalesce(summed.accumulated, 0) as accumulated,
        coalesce(sum(summed.cost) over so_far, 0) as cost_closing,
        coalesce(sum(summed.accumulated) over so_far, 0) as accumulated_closing,
        coalesce(sum(summed.revaluation_change) over so_far, 0) as revaluation_closing
    from group_years
    left join summed
        on
            group_years.administration_id = summed.administration_id
            and group_years.asset_group = summed.asset_group
            and group_years.fiscal_year = summed.fiscal_year
    window
        so_far as (
            partition by group_years.administration_id, group_years.asset_group order by group_years.fiscal_year
        )

),

-- what was taken over stands in the opening of its year
openings as (

    select
        *,
        cost_closing - cost + cost_brought as cost_opening,
        accumulated_closing - accumulated + accumulated_brought as accumulated_opening,
        revaluation_closing - revaluation_change + revaluation_brought as revaluation_opening,
        revaluation_change - revaluation_brought as revaluation
    from running

),

final as (

    select
        administration_id,
        asset_group,
        fiscal_year,
        cost_opening::numeric(18, 2) as cost_opening,
        additions::numeric(18, 2) as additions,
        transfers_cost::numeric(18, 2) as transfers_cost,
        disposals_cost::numeric(18, 2) as disposals_cost,
        cost_closing::numeric(18, 2) as cost_closing,
        accumulated_opening::numeric(18, 2) as accumulated_opening,
        depreciation::numeric(18, 2) as depreciation,
        transfers_accumulated::numeric(18, 2) as transfers_accumulated,
        disposals_accumulated::numeric(18, 2) as disposals_accumulated,
        accumulated_closing::numeric(18, 2) as accumulated_closing,
        revaluation_opening::numeric(18, 2) as revaluation_opening,
        revaluation::numeric(18, 2) as revaluation,
        revaluation_closing::numeric(18, 2) as revaluation_closing,
        (cost_opening - accumulated_opening + revaluation_opening)::numeric(18, 2) as book_opening,
        (cost_closing - accumulated_closing + revaluation_closing)::numeric(18, 2) as book_closing
    from openings

)

select * from final
