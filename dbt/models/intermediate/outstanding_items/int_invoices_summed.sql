{# What was invoiced, VAT included, as it stands on the accounts of customers and suppliers: what they owe, or we. #}
with control_lines as (

    select * from {{ ref('int_control_lines_summed') }}
    where is_invoice

),

final as (

    select
        administration_id,
        side,
        relation_id,
        entry_date,
        sum(case side when 'receivable' then amount else -amount end)::numeric(18, 2) as amount
    from control_lines
    group by administration_id, side, relation_id, entry_date

)

select * from final
