with source as (

    select
        raw.administration_id,
        raw.id,
        raw.sync_timestamp,
        raw.loaded_at,
        raw.load_id,
        raw.deleted_at,
        fields.*
    from {{ source('exact_raw', 'deletions') }} as raw
    -- one parse per payload
    cross join lateral json_to_record(raw.payload) as fields (
        "DeletedBy" text, "DeletedDate" text, "Division" text, "EntityKey" text, "EntityType" text
    )

),

renamed as (

    select
        source.administration_id,
        source.id::uuid as deletion_id,

        -- ids and codes that refer to another table
        {{ exact_guid('source."DeletedBy"') }} as deleted_by_id,
        {{ exact_integer('source."Division"') }} as division_code,
        {{ exact_guid('source."EntityKey"') }} as entity_id,

        -- attributes
        {{ exact_integer('source."EntityType"') }} as entity_type,

        -- timestamps, local wall time
        {{ exact_local_timestamp('source."DeletedDate"') }} as deleted_local_at,

        -- metadata
        source.deleted_at is not null as is_deleted,
        source.sync_timestamp as _sync_timestamp,
        source.loaded_at as _loaded_at,
        source.load_id as _load_id
    from source

)

select * from renamed
