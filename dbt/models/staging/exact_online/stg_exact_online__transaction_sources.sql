with source as (

    select
        raw.administration_id,
        raw.id,
        raw.sync_timestamp,
        raw.loaded_at,
        raw.load_id,
        raw.deleted_at,
        fields.*
    from {{ source('exact_raw', 'transaction_sources') }} as raw
    -- one parse per payload
    cross join lateral json_to_record(raw.payload) as fields (
        "Description" text, "DescriptionSuffix" text
    )

),

renamed as (

    select
        source.administration_id,
        source.id::integer as transaction_source,

        -- attributes
        {{ exact_text('source."Description"') }} as transaction_source_name,
        {{ exact_text('source."DescriptionSuffix"') }} as transaction_source_suffix,

        -- metadata
        source.deleted_at is not null as is_deleted,
        source.sync_timestamp as _sync_timestamp,
        source.loaded_at as _loaded_at,
        source.load_id as _load_id
    from source

)

select * from renamed
