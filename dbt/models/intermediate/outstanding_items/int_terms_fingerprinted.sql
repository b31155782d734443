{# The plan of the signed terms: a transaction's parts are told apart all together. #}
{{ config(materialized='table', post_hook='analyze {{ this }}') }}

with terms as (

    select * from {{ ref('stg_exact_online__payment_terms') }}
    where not is_deleted

),

lines as (

    select * from {{ ref('int_term_lines_found') }}

),

term_sets as (

    select
        administration_id,
        {{ fingerprint('row(payment_term_id, _loaded_at, _load_id)') }} as fingerprint
    from terms
    group by administration_id

),

line_sets as (

    select
        administration_id,
        {{ fingerprint('lines') }} as fingerprint
    from lines
    group by administration_id

),

final as (

    select
        term_sets.administration_id,
        term_sets.fingerprint + coalesce(line_sets.fingerprint, 0) as fingerprint
    from term_sets
    left join line_sets
        on term_sets.administration_id = line_sets.administration_id

)

select * from final
