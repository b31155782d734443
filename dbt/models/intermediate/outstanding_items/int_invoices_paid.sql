with terms as (

    select * from {{ ref('int_payment_terms_signed') }}

),

-- an invoice is paid with its last part; money received or paid that waits for its invoice is none
final as (

    select
        administration_id,
        coalesce(transaction_line_id, payment_term_id) as invoice_id,
        side,
        relation_id,
        max(end_date) as ended_on,
        max(end_date) - max(due_date) as days_late
    from terms
    where original_amount > 0 and transaction_type is distinct from 40
    group by administration_id, coalesce(transaction_line_id, payment_term_id), side, relation_id
    having bool_and(end_date is not null)

)

select * from final
