-- The floor of the marts: one hand-written `create table as` after the other on the same raw rows. No fingerprints, no
-- contracts, no tests, no mapping rules, no second look: what somebody would type who needs these tables once.

create schema floor;
set search_path to floor;
create view plain as select id, payload from exact_raw.transaction_lines where deleted_at is null;

-- {typed}

create table accounts as
select
    id::uuid as gl_account_id,
    payload ->> 'Code' as account_code,
    payload ->> 'Description' as account_name,
    payload ->> 'BalanceType' as statement,
    (payload ->> 'Type')::integer as account_type
from exact_raw.gl_accounts;

create table ledger as
select
    typed.transaction_line_id, typed.entry_id, typed.entry_number, typed.line_number, typed.journal_code,
    typed.fiscal_year, typed.fiscal_period, typed.entry_date, typed.gl_account_id, typed.relation_id,
    typed.cost_center_code, typed.cost_unit_code, typed.project_id, typed.asset_id, typed.transaction_type,
    typed.status = 50 as is_processed, typed.amount, typed.amount_fc, typed.currency_code, typed.exchange_rate,
    typed.description, accounts.statement, accounts.account_type
from typed
left join accounts on typed.gl_account_id = accounts.gl_account_id;
create unique index on ledger (transaction_line_id);
create index on ledger (fiscal_year, fiscal_period);
create index on ledger (gl_account_id);
create index on ledger (entry_id);
analyze ledger;

create table summed as
select
    fiscal_year, fiscal_period, gl_account_id, statement, cost_center_code, cost_unit_code, project_id,
    transaction_type,
    sum(amount) as amount,
    sum(amount) filter (where amount > 0) as debit_amount,
    -sum(amount) filter (where amount < 0) as credit_amount,
    sum(amount) filter (where is_processed) as processed_amount,
    count(*) as line_count
from ledger
group by 1, 2, 3, 4, 5, 6, 7, 8;
analyze summed;

create table entries as
select entry_id, fiscal_year, fiscal_period, sum(amount) as amount from ledger group by 1, 2, 3 having sum(amount) <> 0;

create table balances as
with movements as (
    select
        gl_account_id, statement, fiscal_year, fiscal_period, sum(debit_amount) as debit_amount,
        sum(credit_amount) as credit_amount, sum(amount) as movement_amount
    from summed group by 1, 2, 3, 4
)
select
    *,
    sum(movement_amount) over (
        partition by gl_account_id, case when statement = 'W' then fiscal_year end order by fiscal_year, fiscal_period
    ) as closing_amount
from movements;

create table axis_balances as
select
    gl_account_id, fiscal_year, fiscal_period, cost_center_code, cost_unit_code, project_id,
    sum(amount) as movement_amount
from summed group by 1, 2, 3, 4, 5, 6;

create table trial_balance as
select balances.*, accounts.account_code, accounts.account_name
from balances left join accounts using (gl_account_id);

create table profit_and_loss as
select fiscal_year, fiscal_period, gl_account_id, sum(amount) as amount
from summed where statement = 'W' group by 1, 2, 3;

create table profit_and_loss_by_axis as
select axes.axis, axes.code, summed.fiscal_year, summed.fiscal_period, summed.gl_account_id, sum(summed.amount) as amount
from summed
cross join lateral (
    values
    ('cost_center', summed.cost_center_code), ('cost_unit', summed.cost_unit_code), ('project', summed.project_id::text)
) as axes (axis, code)
where summed.statement = 'W'
group by 1, 2, 3, 4, 5;

create table balance_sheet as
select fiscal_year, fiscal_period, gl_account_id, sum(closing_amount) as amount
from balances where statement = 'B' group by 1, 2, 3;

create table terms as
select
    id::uuid as payment_term_id, fields."Account" as relation_id, fields."TransactionID" as transaction_line_id,
    fields."TransactionEntryID" as entry_id, case fields."LineType" when 22 then 'payable' else 'receivable' end as side,
    fields."AmountDC" as amount, fields."AmountFC" as amount_fc, fields."TransactionAmountDC" as transaction_amount,
    fields."Currency" as currency_code, fields."InvoiceNumber" as invoice_number, fields."YourRef" as your_ref,
    'epoch'::date + (substring(fields."InvoiceDate" from '-?[0-9]+')::bigint / 86400000)::integer as invoice_date,
    'epoch'::date + (substring(fields."DueDate" from '-?[0-9]+')::bigint / 86400000)::integer as due_date,
    'epoch'::date + (substring(fields."EndDate" from '-?[0-9]+')::bigint / 86400000)::integer as end_date
from exact_raw.payment_terms
cross join
    lateral json_to_record(payload) as fields (
        "Account" uuid, "TransactionID" uuid, "TransactionEntryID" uuid, "LineType" integer, "AmountDC" numeric(18, 2),
        "AmountFC" numeric(18, 2), "TransactionAmountDC" numeric(18, 2), "Currency" text, "InvoiceNumber" integer,
        "YourRef" text, "InvoiceDate" text, "DueDate" text, "EndDate" text
    )
where deleted_at is null;
create unique index on terms (payment_term_id);
analyze terms;

create table open_items as
select terms.*, dates.as_of_date::date as as_of_date, dates.as_of_date::date - due_date as days_overdue
from terms
inner join
    generate_series(date '2023-11-30', date '2026-11-23', interval '1 month') as dates (as_of_date)
    on invoice_date <= dates.as_of_date and (end_date is null or end_date > dates.as_of_date);
create unique index on open_items (as_of_date, payment_term_id);

create table ageing as
select as_of_date, side, relation_id, least(greatest(days_overdue, 0), 120) / 30 as bucket, sum(amount) as amount
from open_items group by 1, 2, 3, 4;

create table payment_behaviour as
select open_items.as_of_date, open_items.side, open_items.relation_id, sum(open_items.amount) as open_amount
from open_items group by 1, 2, 3;
