{# What it takes to number periods before and after the ones Exact has: the last known year's pattern goes on. #}
with periods as (

    select * from {{ ref('int_depreciation_periods_numbered') }}

),

last_years as (

    select
        administration_id,
        max(fiscal_year) as fiscal_year
    from periods
    group by administration_id

),

patterns as (

    select
        periods.administration_id,
        count(*) as period_count,
        min(periods.starts_on) as starts_on,
        max(periods.ends_on) + 1 as next_starts_on
    from periods
    inner join last_years
        on periods.administration_id = last_years.administration_id and periods.fiscal_year = last_years.fiscal_year
    group by periods.administration_id

),

lengths as (

    select
        administration_id,
        period_count,
        greatest(
            round(
                (extract(year from age(next_starts_on, starts_on)) * 12)
                + extract(month from age(next_starts_on, starts_on))
                + (extract(day from age(next_starts_on, starts_on)) / 30)
            ), 1
        ) as month_count
    from patterns

),

-- a short or a long last year does not make the years after it short or long: the length of its periods counts
final as (

    select
        lengths.administration_id,
        min(periods.starts_on) as first_starts_on,
        max(periods.ends_on) as last_ends_on,
        max(periods.ends_on) + 1 as next_starts_on,
        max(periods.period_index) as last_index,
        max(periods.fiscal_year) as last_year,
        greatest(round(12 * lengths.period_count / lengths.month_count), 1)::integer as periods_per_year,
        lengths.month_count / lengths.period_count as months_per_period
    from lengths
    inner join periods
        on lengths.administration_id = periods.administration_id
    group by lengths.administration_id, lengths.period_count, lengths.month_count

)

select * from final
