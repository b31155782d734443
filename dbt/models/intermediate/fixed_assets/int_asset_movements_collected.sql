{{ config(materialized='table', post_hook='analyze {{ this }}') }}

with lines as (

    select * from {{ ref('int_asset_lines_listed') }}
    where posting_class = 'normal'

),

summed_lines as (

    select * from {{ ref('int_gl_lines_summed') }}
    where posting_class = 'normal'

),

ledger as (

    select * from {{ ref('fct_gl_transaction_lines') }}
    where posting_class = 'normal'

),

asset_accounts as (

    select * from {{ ref('int_asset_accounts_listed') }}

),

assets as (

    select * from {{ ref('stg_exact_online__assets') }}
    where not is_deleted

),

groups as (

    select * from {{ ref('stg_exact_online__asset_groups') }}

),

-- lines that name an asset also stand on suppliers, costs and results: only the group's accounts are book value
asset_lines as (

    select
        lines.administration_id,
        lines.transaction_line_id,
        lines.asset_id,
        lines.gl_account_id,
        lines.fiscal_year,
        lines.fiscal_period,
        lines.transaction_type,
        lines.amount,
        asset_accounts.role
    from lines
    inner join asset_accounts
        on
            lines.administration_id = asset_accounts.administration_id
            and lines.gl_account_id = asset_accounts.gl_account_id

),

first_ledger_periods as (

    select distinct on (administration_id)
        administration_id,
        fiscal_year,
        fiscal_period
    from summed_lines
    order by administration_id, fiscal_year, fiscal_period

),

-- an opening may stand on an asset account without naming an asset
opening_periods as (

    select distinct on (summed_lines.administration_id)
        summed_lines.administration_id,
        summed_lines.fiscal_year,
        summed_lines.fiscal_period
    from summed_lines
    inner join asset_accounts
        on
            summed_lines.administration_id = asset_accounts.administration_id
            and summed_lines.gl_account_id = asset_accounts.gl_account_id
    where summed_lines.transaction_type = 10
    order by summed_lines.administration_id, summed_lines.fiscal_year, summed_lines.fiscal_period

),

first_asset_periods as (

    select distinct on (administration_id, asset_id)
        administration_id,
        asset_id,
        fiscal_year,
        fiscal_period
    from asset_lines
    order by administration_id, asset_id, fiscal_year, fiscal_period

),

-- An asset starts with the line that bought it, where Exact names it. What was taken over starts with the opening
-- of the books, or with its own first line when that is earlier, or else with the first period of the ledger.
starts as (

    select
        assets.administration_id,
        assets.asset_id,
        assets.is_already_depreciated,
        coalesce(
            investment_lines.fiscal_year, first_asset_periods.fiscal_year, opening_periods.fiscal_year,
            first_ledger_periods.fiscal_year
        ) as own_fiscal_year,
        coalesce(
            investment_lines.fiscal_period, first_asset_periods.fiscal_period, opening_periods.fiscal_period,
            first_ledger_periods.fiscal_period
        ) as own_fiscal_period,
        opening_periods.fiscal_year as opening_fiscal_year,
        opening_periods.fiscal_period as opening_fiscal_period,
        assets.is_already_depreciated is true
        and opening_periods.fiscal_year is not null
        and (
            investment_lines.fiscal_year is null
            and (opening_periods.fiscal_year, opening_periods.fiscal_period)
            <= (
                coalesce(first_asset_periods.fiscal_year, opening_periods.fiscal_year),
                coalesce(first_asset_periods.fiscal_period, opening_periods.fiscal_period)
            )
        ) as is_opened
    from assets
    left join ledger as investment_lines
        on
            assets.administration_id = investment_lines.administration_id
            and assets.transaction_line_id = investment_lines.transaction_line_id
    left join first_asset_periods
        on
            assets.administration_id = first_asset_periods.administration_id
            and assets.asset_id = first_asset_periods.asset_id
    left join opening_periods
        on assets.administration_id = opening_periods.administration_id
    left join first_ledger_periods
        on assets.administration_id = first_ledger_periods.administration_id

),

started as (

    select
        asset_lines.*,
        starts.is_already_depreciated is true
        and (asset_lines.fiscal_year, asset_lines.fiscal_period) <= (starts.own_fiscal_year, starts.own_fiscal_period)
            as is_taken_over
    from asset_lines
    left join starts
        on
            asset_lines.administration_id = starts.administration_id
            and asset_lines.asset_id = starts.asset_id

),

-- Whoever took an asset over may have booked its opening with any type, and on the cost account too: a credit up to
-- the asset's start that is no depreciation, revaluation, transfer, split or disposal is what was taken over.
booked as (

    select
        administration_id,
        asset_id,
        gl_account_id,
        fiscal_year,
        fiscal_period,
        role,
        transaction_type,
        case
            when transaction_type = 70 then 'depreciation'
            when transaction_type = 71 then 'investment'
            when transaction_type = 72 then 'revaluation'
            when transaction_type = 73 then 'transfer'
            when transaction_type = 74 then 'split'
            when transaction_type in (75, 76) then 'disposal'
            when role = 'accumulated' and transaction_type = 10 then 'taken_over_depreciation'
            when
                role in ('cost', 'accumulated')
                and amount < 0
                and is_taken_over
                then 'taken_over_depreciation'
            when role = 'accumulated' then 'depreciation'
            when role = 'revaluation' then 'revaluation'
            else 'investment'
        end as movement_type,
        amount,
        transaction_line_id::text as movement_key,
        transaction_type = 10 or (is_taken_over and transaction_type not between 70 and 76) as is_opening,
        false as is_from_card
    from started

),

-- A line carries the cost of an asset when it puts it on the account: a sale takes it off, a revaluation changes it.
-- A transfer between groups takes it off and puts it on, so of transfers and splits the sum counts.
carried as (

    select
        administration_id,
        asset_id,
        coalesce(bool_or(amount > 0) filter (where role = 'cost' and transaction_type not between 72 and 76), false)
        or coalesce(sum(amount) filter (where role = 'cost' and transaction_type in (73, 74)), 0) > 0 as has_cost,
        bool_or(movement_type = 'taken_over_depreciation') as has_taken_over
    from booked
    group by administration_id, asset_id

),

-- What only the card knows, once: the cost of an asset in use that no ledger line names, and depreciation from
-- before the books that no opening line names. A card that was never booked (not bought, not taken over) has no cost.
from_cards as (

    select
        assets.administration_id,
        assets.asset_id,
        card_amounts.gl_account_id,
        case when starts.is_opened then starts.opening_fiscal_year else starts.own_fiscal_year end as fiscal_year,
        case when starts.is_opened then starts.opening_fiscal_period else starts.own_fiscal_period end as fiscal_period,
        card_amounts.role,
        card_amounts.movement_type,
        card_amounts.amount,
        'card: ' || card_amounts.movement_type as movement_key,
        -- bought here, or brought along
        assets.transaction_line_id is null or assets.is_already_depreciated is true as is_opening,
        true as is_from_card
    from assets
    inner join starts
        on assets.administration_id = starts.administration_id and assets.asset_id = starts.asset_id
    left join groups
        on assets.administration_id = groups.administration_id and assets.asset_group_id = groups.asset_group_id
    left join carried
        on assets.administration_id = carried.administration_id and assets.asset_id = carried.asset_id
    cross join
        lateral (
            values
            (
                groups.asset_gl_account_id,
                'cost',
                'investment',
                assets.investment_amount,
                carried.has_cost is not true
                and (assets.transaction_line_id is not null or assets.is_already_depreciated is true)
            ),
            (
                groups.accumulated_gl_account_id,
                'accumulated',
                'taken_over_depreciation',
                -assets.depreciated_amount,
                carried.has_taken_over is not true and assets.is_already_depreciated is true
            )
        ) as card_amounts (gl_account_id, role, movement_type, amount, is_counted)
    where card_amounts.is_counted and card_amounts.amount <> 0 and starts.own_fiscal_year is not null

),

unioned as (

    select
        administration_id,
        asset_id,
        gl_account_id,
        fiscal_year,
        fiscal_period,
        role,
        movement_type,
        amount,
        movement_key,
        is_opening,
        is_from_card
    from booked

    union all

    select
        administration_id,
        asset_id,
        gl_account_id,
        fiscal_year,
        fiscal_period,
        role,
        movement_type,
        amount,
        movement_key,
        is_opening,
        is_from_card
    from from_cards

),

final as (

    select
        administration_id,
        asset_id,
        gl_account_id,
        fiscal_year,
        fiscal_period,
        role,
        movement_type,
        amount::numeric(18, 2) as amount,
        movement_key,
        coalesce(is_opening, false) as is_opening,
        is_from_card
    from unioned

)

select * from final
