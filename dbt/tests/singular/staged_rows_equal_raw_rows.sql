-- Guards the incremental staging tables: what raw holds is staged in the same version, and nothing else is. Of a
-- table that was proven up to a load, the rows of later loads are looked for one by one. Of any other all is compared:
-- sums of hashes tell whether an administration's tables are equal; only where they are not it is looked row by row.
-- Loads go on while dbt runs, so rows of loads that had not ended when it started are left to the next run.
{{ config(tags='unproven_loads') }}

{% set tables = {
    'transaction_lines': ['transaction_line_id', 'uuid'],
    'payment_terms': ['payment_term_id', 'uuid'],
    'reporting_balances': ['reporting_balance_id', 'text'],
} %}

{% for table, (key, type) in tables.items() %}
{% set proven = staging_proven_up_to('stg_exact_online__' ~ table) %}
{% set pair = [source('exact_raw', table), ref('stg_exact_online__' ~ table)] %}
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
{{ 'left' if proven else 'full outer' }} join {{ ref('stg_exact_online__' ~ table) }} as staged
    on raw.administration_id = staged.administration_id and raw.id::{{ type }} = staged.{{ key }}
left join {{ source('exact_ops', 'loads') }} as loads
    on raw.load_id = loads.load_id
where
    {{ 'raw.load_id > ' ~ proven if proven else staging_differs(pair[0], pair[1], key) }}
    and (
        staged.administration_id is null
        or raw.administration_id is null
        or raw.loaded_at <> staged._loaded_at
        or raw.load_id <> staged._load_id
        or (raw.deleted_at is not null) <> staged.is_deleted
    )
    and (
        raw.load_id is null
        or loads.load_id is null
        or raw.load_id <= (
            select settled.settled_load_id from intermediate.staged_loads as settled
            where settled.model_name = 'stg_exact_online__{{ table }}'
        )
        or loads.finished_at < '{{ run_started_at }}'::timestamptz
    )
{% if not loop.last %}union all{% endif %}
{% endfor %}
