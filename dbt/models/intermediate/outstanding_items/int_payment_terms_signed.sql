{{
    config(
        materialized='incremental',
        incremental_strategy='replace_partitions',
        unique_key=['administration_id'],
        on_schema_change='append_new_columns',
        pre_hook="{{ plan_partitions(ref('int_terms_fingerprinted')) }}",
        post_hook="{{ analyze_what_changed() }}",
    )
}}

with terms as (

    select * from {{ ref('stg_exact_online__payment_terms') }}
    where not is_deleted {{ only_due() }}

),

lines as (

    select * from {{ ref('int_term_lines_found') }}

),

-- a transaction has one amount: what its newest part says, because a part from before an edit has kept the old one
joined as (

    select
        terms.administration_id,
        terms.payment_term_id,
        case terms.line_type when 22 then 'payable' else 'receivable' end as side,
        coalesce(terms.relation_id, {{ not_used_id() }}) as relation_id,
        coalesce(terms.transaction_entry_id, lines.entry_id) as entry_id,
        terms.transaction_line_id,
        terms.gl_account_id,
        coalesce(terms.transaction_type, lines.transaction_type) as transaction_type,
        terms.invoice_number,
        terms.your_ref,
        coalesce(terms.invoice_date, terms.entry_date, lines.entry_date, terms.due_date) as invoice_date,
        coalesce(terms.due_date, terms.transaction_due_date, terms.invoice_date, terms.entry_date, lines.entry_date)
            as due_date,
        terms.end_date,
        terms.currency_code,
        abs(coalesce(terms.amount, 0)) as absolute_amount,
        abs(coalesce(terms.amount_fc, terms.amount, 0)) as absolute_amount_fc,
        coalesce(
            first_value(terms.transaction_amount) over (
                partition by
                    terms.administration_id, coalesce(terms.transaction_line_id, terms.payment_term_id)
                order by
                    (terms.transaction_amount is null) asc, terms._sync_timestamp desc, terms.payment_term_id asc
            ),
            lines.amount
        ) as ledger_amount,
        terms._sync_timestamp
    from terms
    left join lines
        on
            terms.administration_id = lines.administration_id
            and terms.payment_term_id = lines.payment_term_id

),

-- Exact gives terms new ids when their invoice is edited. The parts of a transaction never add up to more than
-- the transaction, so counting from the newest, what comes after its amount is a part from before the edit.
ranked as (

    select
        *,
        coalesce(
            sum(absolute_amount) over (
                partition by administration_id, transaction_line_id
                order by _sync_timestamp desc, payment_term_id asc
                rows between unbounded preceding and 1 preceding
            ), 0
        ) as newer_amount
    from joined

),

-- The sign Exact sends on a term says nothing (an open receivable comes negative): the ledger decides.
-- Positive is owed to us and owed by us; without any ledger amount it is taken for an invoice.
signed as (

    select
        *,
        case
            when coalesce(ledger_amount, 0) = 0 then 1
            when side = 'receivable' then sign(ledger_amount)
            else -sign(ledger_amount)
        end as item_sign
    from ranked
    where
        transaction_line_id is null
        or absolute_amount = 0
        or coalesce(ledger_amount, 0) = 0
        or newer_amount < abs(ledger_amount)

),

final as (

    select
        administration_id,
        payment_term_id,
        side,
        relation_id,
        entry_id,
        transaction_line_id,
        gl_account_id,
        transaction_type,
        invoice_number,
        your_ref,
        invoice_date,
        due_date,
        end_date,
        currency_code,
        (absolute_amount * item_sign)::numeric(18, 2) as amount,
        (absolute_amount_fc * item_sign)::numeric(18, 2) as amount_fc,
        (coalesce(abs(ledger_amount), absolute_amount) * item_sign)::numeric(18, 2) as original_amount
    from signed

)

select * from final
