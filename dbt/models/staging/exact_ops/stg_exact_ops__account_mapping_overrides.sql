{# A table: an override made during a build counts for all of the marts or for none. #}
{{ config(materialized='table', post_hook='analyze {{ this }}') }}

select
    override_id,
    environment,
    division_code,
    account_code,
    axis,
    axis_code,
    reporting_line_code,
    valid_from,
    valid_to,
    author,
    comment,
    withdrawn_at is not null as is_withdrawn,
    created_at
from {{ source('exact_ops', 'account_mapping_overrides') }}
