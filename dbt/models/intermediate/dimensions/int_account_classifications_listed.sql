{# Live rows only. A model of its own because dbt cannot unit-test a model whose input has so long a name. #}
select
    administration_id,
    gl_account_id,
    gl_scheme_code,
    gl_scheme_name,
    gl_classification_code,
    gl_account_classification_mapping_id
from {{ ref('stg_exact_online__gl_account_classification_mappings') }}
where not is_deleted and gl_account_id is not null
