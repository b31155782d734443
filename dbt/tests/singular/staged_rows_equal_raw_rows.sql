-- Guards the incremental staging tables: what raw holds is staged in the same version, and nothing else is.
-- Loads go on while dbt runs, so rows of loads that had not ended when it started are left to the next run.
{% set tables = {
    'transaction_lines': 'transaction_line_id',
    'payment_terms': 'payment_term_id',
    'reporting_balances': 'reporting_balance_id',
} %}

{% for table, key in tables.items() %}
select
    '{{ table }}' as table_name,
    coalesce(raw.administration_id, staged.administration_id) as administration_id,
    coalesce(raw.id, staged.{{ key }}::text) as id,
    case
        when staged.administration_id is null then 'not staged'
        when raw.administration_id is null then 'not in raw'
        else 'another version'
    end as finding
from {{ source('exact_raw', table) }} as raw
full outer join {{ ref('stg_exact_online__' ~ table) }} as staged
    on raw.administration_id = staged.administration_id and raw.id = staged.{{ key }}::text
left join {{ source('exact_ops', 'loads') }} as loads
    on raw.load_id = loads.load_id
where
    (
        staged.administration_id is null
        or raw.administration_id is null
        or raw.loaded_at <> staged._loaded_at
        or (raw.deleted_at is not null) <> staged.is_deleted
    )
    and (raw.load_id is null or loads.load_id is null or loads.finished_at < '{{ run_started_at }}'::timestamptz)
{% if not loop.last %}union all{% endif %}
{% endfor %}
