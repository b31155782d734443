-- Guards: every entry is complete and balanced. A warning, because it is a finding about one administration's books
-- (or a load in progress) that rpt_reconciliation shows under entry_balance; it must not stop the others.
{{ config(severity='warn') }}

select
    administration_id,
    entry_id,
    min(entry_number) as entry_number,
    sum(amount) as amount
from {{ ref('int_entries_summed') }}
where entry_id is not null
group by administration_id, entry_id
having sum(amount) <> 0
