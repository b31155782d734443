{# The plan of the signed terms: a transaction's parts are told apart all together. #}
{{ config(materialized='table', post_hook='analyze {{ this }}') }}

with states as (

    select * from {{ staged_states(ref('stg_exact_online__payment_terms'), ['administration_id']) }} as staged

),

lines as (

    select * from {{ ref('int_term_lines_found') }}

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
        states.administration_id,
        {{ fingerprint_of('row(states.state)') }} + coalesce(line_sets.fingerprint, 0) as fingerprint
    from states
    -- one term is enough, and Exact has not deleted all of them
    cross join
        lateral (
            select terms.payment_term_id from {{ ref('stg_exact_online__payment_terms') }} as terms
            where terms.administration_id = states.administration_id and not terms.is_deleted
            limit 1
        ) as live
    left join line_sets
        on states.administration_id = line_sets.administration_id

)

select * from final
