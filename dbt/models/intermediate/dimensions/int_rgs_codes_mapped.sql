{# A table: a chart of codes against a list of prefixes takes long, and three models and their tests read it. #}
{{ config(materialized='table', post_hook='analyze {{ this }}') }}

with codes as (

    select * from {{ ref('rgs') }}

),

prefixes as (

    select * from {{ ref('rgs_reporting_lines') }}

),

-- the longest prefix of a code that has a reporting line
matched as (

    select distinct on (codes.rgs_code)
        codes.rgs_code,
        codes.balance_side,
        codes.flip_rgs_code,
        prefixes.reporting_line_code
    from codes
    inner join prefixes
        on starts_with(codes.rgs_code, prefixes.rgs_prefix)
    order by codes.rgs_code, length(prefixes.rgs_prefix) desc

),

-- some codes to flip to are newer than the chart we carry: their prefix still says where they belong
flipped as (

    select distinct on (matched.rgs_code)
        matched.rgs_code,
        prefixes.reporting_line_code as flip_reporting_line_code
    from matched
    inner join prefixes
        on starts_with(matched.flip_rgs_code, prefixes.rgs_prefix)
    order by matched.rgs_code, length(prefixes.rgs_prefix) desc

),

final as (

    select
        matched.rgs_code,
        case matched.balance_side when 'C' then 'credit' when 'D' then 'debit' end as balance_side,
        matched.reporting_line_code,
        flipped.flip_reporting_line_code
    from matched
    left join flipped
        on matched.rgs_code = flipped.rgs_code

)

select * from final
