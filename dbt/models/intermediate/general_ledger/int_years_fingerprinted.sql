{# The plan of whatever stands per fiscal year: of one year's lines, or of everything up to its end. #}
{{ config(materialized='table', post_hook='analyze {{ this }}') }}

with mapped_periods as (

    select * from {{ ref('int_mapped_periods_fingerprinted') }}

),

periods as (

    select * from {{ ref('dim_fiscal_periods') }}

),

accounts as (

    select * from {{ ref('dim_gl_accounts') }}

),

mappings as (

    select * from {{ ref('map_gl_accounts') }}

),

line_years as (

    select
        administration_id,
        fiscal_year,
        bool_or(has_postings) as has_postings,
        sum(fingerprint) as fingerprint
    from mapped_periods
    group by administration_id, fiscal_year

),

-- from the first year with lines to the last one, quiet years too
bounds as (

    select
        administration_id,
        min(fiscal_year) as first_year,
        max(fiscal_year) as last_year
    from line_years
    where has_postings
    group by administration_id

),

calendar_years as (

    select
        administration_id,
        fiscal_year,
        {{ fingerprint('periods') }} as fingerprint
    from periods
    group by administration_id, fiscal_year

),

account_sets as (

    select
        administration_id,
        {{ fingerprint('accounts') }} as fingerprint
    from accounts
    group by administration_id

),

mapping_sets as (

    select
        administration_id,
        {{ fingerprint('mappings') }} as fingerprint
    from mappings
    group by administration_id

),

years as (

    select
        calendar_years.administration_id,
        calendar_years.fiscal_year,
        calendar_years.fingerprint + coalesce(line_years.fingerprint, 0) as fingerprint
    from calendar_years
    inner join bounds
        on
            calendar_years.administration_id = bounds.administration_id
            and calendar_years.fiscal_year between bounds.first_year and bounds.last_year
    left join line_years
        on
            calendar_years.administration_id = line_years.administration_id
            and calendar_years.fiscal_year = line_years.fiscal_year

),

final as (

    select
        years.administration_id,
        years.fiscal_year,
        years.fingerprint + coalesce(account_sets.fingerprint, 0) as year_fingerprint,
        sum(years.fingerprint) over (
            partition by years.administration_id order by years.fiscal_year
        ) + coalesce(account_sets.fingerprint, 0) + coalesce(mapping_sets.fingerprint, 0) as running_fingerprint
    from years
    left join account_sets
        on years.administration_id = account_sets.administration_id
    left join mapping_sets
        on years.administration_id = mapping_sets.administration_id

)

select * from final
