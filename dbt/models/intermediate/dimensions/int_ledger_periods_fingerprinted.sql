{# The plan of whatever is made of lines alone: of each period with lines, the state it was staged in. #}
{{ config(materialized='table', post_hook='analyze {{ this }}') }}

with states as (

    select * from {{ staged_states(
        ref('stg_exact_online__transaction_lines'), ['administration_id', 'fiscal_year', 'fiscal_period']
    ) }} as staged

),

final as (

    select
        states.administration_id,
        states.fiscal_year,
        states.fiscal_period,
        posted.transaction_line_id is not null as has_postings,
        {{ fingerprint_of('row(states.fiscal_year, states.fiscal_period, states.state)') }} as fingerprint
    from states
    -- one line of the period is enough: the index on periods finds it
    cross join
        lateral (
            select lines.transaction_line_id from {{ ref('int_ledger_lines_classified') }} as lines
            where
                lines.administration_id = states.administration_id
                and lines.fiscal_year = states.fiscal_year
                and lines.fiscal_period = states.fiscal_period
            limit 1
        ) as live
    left join lateral (
        select lines.transaction_line_id from {{ ref('int_ledger_lines_classified') }} as lines
        where
            lines.administration_id = states.administration_id
            and lines.fiscal_year = states.fiscal_year
            and lines.fiscal_period = states.fiscal_period
            and lines.posting_class <> 'budget'
        limit 1
    ) as posted on true

)

select * from final
