{# What may be missing: per administration and endpoint a reason to distrust a comparison, or none. #}
with administrations as (

    select * from {{ ref('stg_exact_ops__administrations') }}

),

loads as (

    select * from {{ ref('stg_exact_ops__loads') }}
    where outcome <> 'running'

),

endpoints as (

    select endpoint
    from (
        values
        ('transaction_lines'),
        ('reporting_balances'),
        ('payment_terms'),
        ('receivables_lists'),
        ('payables_lists'),
        ('assets'),
        ('asset_groups')
    ) as listed (endpoint)

),

latest as (

    select distinct on (administration_id, endpoint)
        administration_id,
        endpoint,
        outcome,
        error_class
    from loads
    order by administration_id asc, endpoint asc, load_id desc

),

succeeded as (

    select
        administration_id,
        endpoint,
        max(finished_at) as last_loaded_at
    from loads
    where outcome = 'succeeded'
    group by administration_id, endpoint

),

final as (

    select
        administrations.administration_id,
        endpoints.endpoint,
        succeeded.endpoint is not null as is_loaded,
        (succeeded.last_loaded_at at time zone 'Europe/Amsterdam')::date as loaded_on,
        case
            when succeeded.endpoint is not null then null
            when latest.outcome = 'skipped' then endpoints.endpoint || ': Exact gives this user no access to it'
            when latest.outcome = 'failed' then endpoints.endpoint || ': never loaded, the last load failed'
            else endpoints.endpoint || ': never loaded'
        end as missing_reason,
        case
            when latest.outcome = 'failed' then '; the last load of ' || endpoints.endpoint || ' failed'
            else ''
        end as stale_reason
    from administrations
    cross join endpoints
    left join latest
        on administrations.administration_id = latest.administration_id and endpoints.endpoint = latest.endpoint
    left join succeeded
        on administrations.administration_id = succeeded.administration_id and endpoints.endpoint = succeeded.endpoint

)

select * from final
