{# A table: one state of the registry for the whole build, whatever is connected or purged meanwhile. #}
{{ config(materialized='table', post_hook='analyze {{ this }}') }}

select
    administration_id,
    integration_id,
    environment,
    division_code,
    name as administration_name,
    currency_code,
    btrim(country_code) as country_code,
    legislation,
    status,
    is_connected,
    started_on,
    connected_at,
    last_succeeded_at as last_loaded_at
from {{ source('exact_ops', 'administrations') }}
