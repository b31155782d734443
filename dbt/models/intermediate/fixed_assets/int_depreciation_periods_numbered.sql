with periods as (

    select * from {{ ref('dim_fiscal_periods') }}

),

-- periods one depreciates in: not the opening before the first, not the adjustments after the last
regular as (

    select
        administration_id,
        fiscal_year,
        fiscal_period,
        starts_on,
        ends_on
    from periods
    where not is_synthetic or ends_on > starts_on

),

final as (

    select
        administration_id,
        fiscal_year,
        fiscal_period,
        starts_on,
        ends_on,
        (row_number() over (partition by administration_id order by fiscal_year, fiscal_period) - 1)::integer
            as period_index
    from regular

)

select * from final
