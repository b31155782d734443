with periods as (

    select * from {{ ref('dim_fiscal_periods') }}

),

bounds as (

    select
        administration_id,
        date_trunc('year', min(starts_on))::date as starts_on,
        -- whole calendar years, and a year to look ahead at what falls due
        (date_trunc('year', max(ends_on)) + interval '2 years')::date - 1 as ends_on
    from periods
    group by administration_id

),

days as (

    select
        bounds.administration_id,
        series.day::date as calendar_date
    from bounds
    cross join lateral generate_series(bounds.starts_on, bounds.ends_on, interval '1 day') as series (day)

),

-- synthetic periods share their day with a regular one; should calendar periods overlap, the earliest counts
final as (

    select distinct on (days.administration_id, days.calendar_date)
        days.administration_id,
        days.calendar_date,
        extract(year from days.calendar_date)::integer as calendar_year,
        extract(quarter from days.calendar_date)::integer as calendar_quarter,
        extract(month from days.calendar_date)::integer as calendar_month,
        extract(day from days.calendar_date)::integer as day_of_month,
        extract(isodow from days.calendar_date)::integer as iso_day_of_week,
        extract(isoyear from days.calendar_date)::integer as iso_year,
        extract(week from days.calendar_date)::integer as iso_week,
        periods.fiscal_year,
        periods.fiscal_period,
        extract(day from days.calendar_date + 1) = 1 as is_month_end,
        extract(isodow from days.calendar_date) in (6, 7) as is_weekend
    from days
    left join periods
        on
            days.administration_id = periods.administration_id
            and days.calendar_date between periods.starts_on and periods.ends_on
            and not periods.is_synthetic
    order by days.administration_id, days.calendar_date, periods.fiscal_year, periods.fiscal_period

)

select * from final
