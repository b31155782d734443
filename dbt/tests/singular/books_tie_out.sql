-- Guards: our figures equal Exact's. A warning, because a difference is a finding about one administration, shown with
-- its amounts and reason in rpt_reconciliation; the marts of the others are right.
{{ config(severity='warn') }}

select * from {{ ref('rpt_reconciliation') }}
where not is_ok
