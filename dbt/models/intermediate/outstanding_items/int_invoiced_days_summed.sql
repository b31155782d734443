{# What was invoiced, VAT included, as it stands on the accounts of customers and suppliers. #}
{{
    config(
        materialized='incremental',
        incremental_strategy='replace_partitions',
        unique_key=['administration_id', 'fiscal_year'],
        on_schema_change='append_new_columns',
        pre_hook="{{ plan_partitions(ref('int_years_fingerprinted'), 'year_fingerprint') }}",
        post_hook="{{ analyze_what_changed() }}",
    )
}}

with lines as (

    select * from {{ ref('fct_gl_transaction_lines') }}
    where posting_class = 'normal' {{ only_due() }}

),

accounts as (

    select * from {{ ref('dim_gl_accounts') }}
    where account_type in (20, 22)

),

-- sales and their credit notes; purchases and theirs; no payment, no opening
invoices as (

    select
        lines.administration_id,
        lines.fiscal_year,
        lines.relation_id,
        lines.entry_date,
        case accounts.account_type when 20 then 'receivable' else 'payable' end as side,
        case accounts.account_type when 20 then lines.amount else -lines.amount end as amount
    from lines
    inner join accounts
        on lines.administration_id = accounts.administration_id and lines.gl_account_id = accounts.gl_account_id
    where
        (accounts.account_type = 20 and lines.transaction_type in (20, 21))
        or (accounts.account_type = 22 and lines.transaction_type in (30, 31))

),

final as (

    select
        administration_id,
        fiscal_year,
        side,
        relation_id,
        entry_date,
        sum(amount)::numeric(18, 2) as amount
    from invoices
    group by administration_id, fiscal_year, side, relation_id, entry_date

)

select * from final
