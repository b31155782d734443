{{ config(materialized='table', post_hook='analyze {{ this }}') }}

with mappings as (

    select * from {{ ref('int_account_classifications_listed') }}

),

rgs_codes as (

    select * from {{ ref('int_rgs_codes_mapped') }}

),

-- a scheme is RGS when its code or name says so; its version is the number in either
schemes as (

    select
        *,
        string_to_array(
            coalesce(
                substring(gl_scheme_name from '[0-9]+(?:\.[0-9]+)*'),
                substring(gl_scheme_code from '[0-9]+(?:\.[0-9]+)*'),
                '0'
            ), '.'
        )::numeric[] as rgs_version
    from mappings
    where concat_ws(' ', gl_scheme_code, gl_scheme_name) ~* '\mrgs'

),

latest as (

    select
        administration_id,
        max(rgs_version) as rgs_version
    from schemes
    group by administration_id

),

-- equality finds a prefix by a hash, where trying each known code on each code takes seconds
code_lengths as (

    select distinct length(rgs_code) as code_length from rgs_codes

),

-- our chart ends at level 4: a code below it (13 letters) belongs where its nearest known ancestor does
ancestors as (

    select distinct on (schemes.gl_classification_code)
        schemes.gl_classification_code,
        rgs_codes.balance_side,
        rgs_codes.reporting_line_code,
        rgs_codes.flip_reporting_line_code
    from (select distinct gl_classification_code from schemes) as schemes
    inner join code_lengths
        on length(schemes.gl_classification_code) >= code_lengths.code_length
    inner join rgs_codes
        on left(schemes.gl_classification_code, code_lengths.code_length) = rgs_codes.rgs_code
    order by schemes.gl_classification_code, length(rgs_codes.rgs_code) desc

),

-- Exact keeps one row per account and scheme; should there be two, the first code wins and it is flagged
final as (

    select distinct on (schemes.administration_id, schemes.gl_account_id)
        schemes.administration_id,
        schemes.gl_account_id,
        schemes.gl_classification_code as rgs_code,
        ancestors.balance_side as rgs_balance_side,
        ancestors.reporting_line_code,
        ancestors.flip_reporting_line_code,
        count(*) over (partition by schemes.administration_id, schemes.gl_account_id) > 1 as is_ambiguous
    from schemes
    inner join latest
        on schemes.administration_id = latest.administration_id and schemes.rgs_version = latest.rgs_version
    inner join ancestors
        on schemes.gl_classification_code = ancestors.gl_classification_code
    order by schemes.administration_id, schemes.gl_account_id, schemes.gl_classification_code

)

select * from final
