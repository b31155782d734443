{# The ledger line of a term that leaves out what the marts need of its transaction: few rows, if any. #}
with terms as (

    select * from {{ ref('stg_exact_online__payment_terms') }}
    where {{ is_incomplete_term() }}

),

lines as (

    select * from {{ ref('int_ledger_lines_classified') }}

),

final as (

    select
        terms.administration_id,
        terms.payment_term_id,
        lines.entry_id,
        lines.entry_date,
        lines.transaction_type,
        lines.amount
    from terms
    inner join lines
        on
            terms.administration_id = lines.administration_id
            and terms.transaction_line_id = lines.transaction_line_id

)

select * from final
