-- Guards: at no date do the open parts of a transaction add up to more than the transaction (ids that Exact gave anew).
-- A warning, because it is a finding about one administration's terms, which rpt_reconciliation shows under the control
-- accounts: it must not stop the others.
{{ config(severity='warn', tags='unproven') }}
{% set dates = unproven(['fct_outstanding_items'], ['administration_id', 'as_of_date'], 'items') %}

select
    items.administration_id,
    items.as_of_date,
    terms.transaction_line_id,
    sum(items.amount) as open_amount,
    max(abs(items.original_amount)) as original_amount
from {{ ref('fct_outstanding_items') }} as items
inner join {{ ref('int_payment_terms_signed') }} as terms
    on items.administration_id = terms.administration_id and items.item_id = terms.payment_term_id
where terms.transaction_line_id is not null and {{ dates }}
group by items.administration_id, items.as_of_date, terms.transaction_line_id
-- a cent per part for amounts converted part by part
having abs(sum(items.amount)) > max(abs(items.original_amount)) + 0.01 * count(*)
