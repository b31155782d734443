-- Guards the incremental staging tables: what raw holds is staged in the same version, and nothing else is. Sums of
-- hashes tell whether an administration's tables are equal; only where they are not is it looked for row by row.
-- Loads go on while dbt runs, so rows of loads that had not ended when it started are left to the next run.
{% set tables = {
    'transaction_lines': 'transaction_line_id',
    'payment_terms': 'payment_term_id',
    'reporting_balances': 'reporting_balance_id',
} %}

with
{% for table, key in tables.items() %}
raw_{{ table }} as (

    select
        administration_id,
        {{ fingerprint("row(id, loaded_at, load_id, deleted_at is not null)") }} as fingerprint
    from {{ source('exact_raw', table) }}
    group by administration_id

),

staged_{{ table }} as (

    select
        administration_id,
        {{ fingerprint("row(" ~ key ~ "::text, _loaded_at, _load_id, is_deleted)") }} as fingerprint
    from {{ ref('stg_exact_online__' ~ table) }}
    group by administration_id

),

unequal_{{ table }} as (

    select coalesce(raw.administration_id, staged.administration_id) as administration_id
    from raw_{{ table }} as raw
    full outer join staged_{{ table }} as staged
        on raw.administration_id = staged.administration_id
    where raw.fingerprint is distinct from staged.fingerprint

){% if not loop.last %},{% endif %}

{% endfor %}

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
    exists (select from unequal_{{ table }})
    and (
        staged.administration_id is null
        or raw.administration_id is null
        or raw.loaded_at <> staged._loaded_at
        or raw.load_id <> staged._load_id
        or (raw.deleted_at is not null) <> staged.is_deleted
    )
    and (raw.load_id is null or loads.load_id is null or loads.finished_at < '{{ run_started_at }}'::timestamptz)
{% if not loop.last %}union all{% endif %}
{% endfor %}
