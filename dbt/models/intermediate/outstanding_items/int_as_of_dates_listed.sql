with loads as (

    select * from {{ ref('stg_exact_ops__loads') }}
    where endpoint = 'payment_terms' and outcome = 'succeeded'

),

-- of the terms themselves: what else of an import failed does not make them older
last_loads as (

    select
        administration_id,
        max(finished_at) as last_loaded_at
    from loads
    group by administration_id

),

-- the day of that load where Exact's clock runs
last_days as (

    select
        administration_id,
        (last_loaded_at at time zone 'Europe/Amsterdam')::date as last_loaded_on
    from last_loads

),

-- a declared date replaces it, no clock does
last_dates as (

    select
        administration_id,
        last_loaded_on,
        coalesce(nullif('{{ var("as_of_date") }}', '')::date, last_loaded_on) as last_date
    from last_days

),

-- the last date and the 36 month ends before it
final as (

    select
        administration_id,
        last_date as as_of_date,
        last_loaded_on,
        true as is_latest
    from last_dates
    where last_date is not null

    union all

    select
        last_dates.administration_id,
        (date_trunc('month', last_dates.last_date) - make_interval(months => numbers.n))::date - 1 as as_of_date,
        last_dates.last_loaded_on,
        false as is_latest
    from last_dates
    cross join generate_series(0, 35) as numbers (n)
    where last_dates.last_date is not null

)

select * from final
