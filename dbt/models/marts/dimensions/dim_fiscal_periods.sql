with calendar as (

    select * from {{ ref('stg_exact_online__financial_periods') }}
    where
        not is_deleted
        and fiscal_year is not null
        and fiscal_period is not null
        and coalesce(start_date, end_date) is not null

),

posted as (

    select * from {{ ref('int_ledger_periods_fingerprinted') }}
    where has_postings

),

journal_statuses as (

    select * from {{ ref('stg_exact_online__journal_statuses') }}
    where not is_deleted

),

-- two rows for one period are one period; one that ends before it begins, or has one day only, is a day long
periods as (

    select
        administration_id,
        fiscal_year,
        fiscal_period,
        min(coalesce(start_date, end_date)) as starts_on,
        greatest(max(end_date), min(coalesce(start_date, end_date))) as ends_on
    from calendar
    group by administration_id, fiscal_year, fiscal_period

),

years as (

    select
        administration_id,
        fiscal_year,
        min(fiscal_period) as first_period,
        min(starts_on) as starts_on,
        max(ends_on) as ends_on
    from periods
    group by administration_id, fiscal_year

),

-- posted on, but not in the calendar: opening and closing periods, or a year Exact has no periods of
missing as (

    select
        posted.administration_id,
        posted.fiscal_year,
        posted.fiscal_period
    from posted
    left join periods
        on
            posted.administration_id = periods.administration_id
            and posted.fiscal_year = periods.fiscal_year
            and posted.fiscal_period = periods.fiscal_period
    where periods.fiscal_year is null

),

-- a year without a calendar is taken to run like the nearest year that has one, else like the calendar year
nearest_years as (

    select distinct on (missing.administration_id, missing.fiscal_year)
        missing.administration_id,
        missing.fiscal_year,
        years.fiscal_year as like_fiscal_year,
        make_interval(years => missing.fiscal_year - years.fiscal_year) as shift,
        coalesce(years.first_period, 1) as first_period,
        coalesce(years.starts_on, make_date(missing.fiscal_year, 1, 1)) as starts_on,
        coalesce(years.ends_on, make_date(missing.fiscal_year, 12, 31)) as ends_on
    from missing
    left join years
        on missing.administration_id = years.administration_id
    order by
        missing.administration_id asc,
        missing.fiscal_year asc,
        abs(missing.fiscal_year - years.fiscal_year),
        years.fiscal_year desc

),

-- the same period of that year; without one: below the calendar the year's first day, above it the last
placed as (

    select
        missing.administration_id,
        missing.fiscal_year,
        missing.fiscal_period,
        coalesce(nearest_years.shift, interval '0') as shift,
        case
            when periods.starts_on is not null then periods.starts_on
            when nearest_years.like_fiscal_year is null and missing.fiscal_period between 1 and 12
                then make_date(missing.fiscal_year, missing.fiscal_period, 1)
            when missing.fiscal_period < nearest_years.first_period then nearest_years.starts_on
            else nearest_years.ends_on
        end as starts_on,
        case
            when periods.ends_on is not null then periods.ends_on
            when nearest_years.like_fiscal_year is null and missing.fiscal_period between 1 and 12
                then (make_date(missing.fiscal_year, missing.fiscal_period, 1) + interval '1 month')::date - 1
            when missing.fiscal_period < nearest_years.first_period then nearest_years.starts_on
            else nearest_years.ends_on
        end as ends_on
    from missing
    inner join nearest_years
        on
            missing.administration_id = nearest_years.administration_id
            and missing.fiscal_year = nearest_years.fiscal_year
    left join periods
        on
            nearest_years.administration_id = periods.administration_id
            and nearest_years.like_fiscal_year = periods.fiscal_year
            and missing.fiscal_period = periods.fiscal_period

),

-- an end is shifted by way of the day after it: the last of February stays the last of February
synthetic as (

    select
        administration_id,
        fiscal_year,
        fiscal_period,
        (starts_on + shift)::date as starts_on,
        greatest((starts_on + shift)::date, (ends_on + 1 + shift)::date - 1) as ends_on
    from placed

),

closings as (

    select
        administration_id,
        fiscal_year,
        fiscal_period,
        bool_and(journal_status is not distinct from 1) as is_closed
    from journal_statuses
    group by administration_id, fiscal_year, fiscal_period

),

unioned as (

    select
        administration_id,
        fiscal_year,
        fiscal_period,
        starts_on,
        ends_on,
        false as is_synthetic
    from periods

    union all

    select
        administration_id,
        fiscal_year,
        fiscal_period,
        starts_on,
        ends_on,
        true as is_synthetic
    from synthetic

),

final as (

    select
        unioned.administration_id,
        unioned.fiscal_year,
        unioned.fiscal_period,
        unioned.starts_on,
        unioned.ends_on,
        coalesce(closings.is_closed, false) as is_closed,
        unioned.is_synthetic
    from unioned
    left join closings
        on
            unioned.administration_id = closings.administration_id
            and unioned.fiscal_year = closings.fiscal_year
            and unioned.fiscal_period = closings.fiscal_period

)

select * from final
