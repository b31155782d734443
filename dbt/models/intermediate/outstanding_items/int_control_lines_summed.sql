{# What stands on the accounts of customers and suppliers, by whether payment terms know of it, invoices apart. #}
{{
    config(
        materialized='incremental',
        incremental_strategy='replace_partitions',
        unique_key=['administration_id', 'fiscal_year', 'fiscal_period'],
        on_schema_change='append_new_columns',
        pre_hook="{{ plan_partitions(ref('int_control_periods_fingerprinted')) }}",
        post_hook="{{ analyze_what_changed() }}",
    )
}}

with lines as (

    select * from {{ ref('int_ledger_lines_classified') }}
    where posting_class in ('normal', 'result_close') {{ only_due() }}

),

accounts as (

    select * from {{ ref('dim_gl_accounts') }}
    where account_type in (20, 22)

),

terms as (

    select * from {{ ref('int_payment_terms_signed') }}

),

lines_with_term as (

    select distinct
        administration_id,
        transaction_line_id
    from terms
    where transaction_line_id is not null

),

-- Two kinds of line never become an item. They are named, with their amount, so that the rest must tie to the cent.
-- Sales and their credit notes, purchases and theirs are invoices; a payment or an opening is none.
control_lines as (

    select
        lines.administration_id,
        lines.fiscal_year,
        lines.fiscal_period,
        case accounts.account_type when 20 then 'receivable' else 'payable' end as side,
        lines.relation_id,
        lines.entry_date,
        case
            when lines.transaction_type in (80, 82) then 'exchange differences'
            when lines_with_term.transaction_line_id is null then 'lines without a term'
            else 'open items'
        end as item,
        lines.posting_class = 'normal'
        and (
            (accounts.account_type = 20 and lines.transaction_type in (20, 21))
            or (accounts.account_type = 22 and lines.transaction_type in (30, 31))
        ) is true as is_invoice,
        lines.amount
    from lines
    inner join accounts
        on lines.administration_id = accounts.administration_id and lines.gl_account_id = accounts.gl_account_id
    left join lines_with_term
        on
            lines.administration_id = lines_with_term.administration_id
            and lines.transaction_line_id = lines_with_term.transaction_line_id

),

final as (

    select
        administration_id,
        fiscal_year,
        fiscal_period,
        side,
        relation_id,
        entry_date,
        item,
        is_invoice,
        sum(amount)::numeric(18, 2) as amount,
        count(*) as line_count
    from control_lines
    group by administration_id, fiscal_year, fiscal_period, side, relation_id, entry_date, item, is_invoice

)

select * from final
