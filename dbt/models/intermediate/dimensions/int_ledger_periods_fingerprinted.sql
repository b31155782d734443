{# The plan of whatever is made of lines alone. A line is known by the version it was staged from. #}
{{ config(materialized='table', post_hook='analyze {{ this }}') }}

with lines as (

    select * from {{ ref('int_ledger_lines_classified') }}

),

final as (

    select
        administration_id,
        fiscal_year,
        fiscal_period,
        bool_or(posting_class <> 'budget') as has_postings,
        {{ fingerprint('row(transaction_line_id, _loaded_at, _load_id)') }} as fingerprint
    from lines
    group by administration_id, fiscal_year, fiscal_period

)

select * from final
