select
    integration_id,
    environment,
    base_url,
    user_name,
    state
from {{ source('exact_ops', 'integrations') }}
