{# A table: every model of the build goes by the same loads, whatever is loaded meanwhile. #}
{{ config(materialized='table', post_hook='analyze {{ this }}') }}

select
    load_id,
    administration_id,
    endpoint,
    data_set,
    run_id,
    kind,
    outcome,
    started_at,
    finished_at,
    rows_read,
    rows_inserted,
    rows_updated,
    rows_deleted,
    error_class,
    error_message
from {{ source('exact_ops', 'loads') }}
