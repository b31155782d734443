with source as (

    select
        raw.administration_id,
        raw.id,
        raw.sync_timestamp,
        raw.loaded_at,
        raw.load_id,
        raw.deleted_at,
        fields.*
    from {{ source('exact_raw', 'gl_schemes') }} as raw
    -- one parse per payload
    cross join lateral json_to_record(raw.payload) as fields (
        "Code" text, "Created" text, "Creator" text, "CreatorFullName" text, "Description" text,
        "Division" text, "Main" text, "Modified" text, "Modifier" text, "ModifierFullName" text,
        "TargetNamespace" text
    )

),

renamed as (

    select
        source.administration_id,
        source.id::uuid as gl_scheme_id,

        -- ids and codes that refer to another table
        {{ exact_guid('source."Creator"') }} as creator_id,
        {{ exact_integer('source."Division"') }} as division_code,
        {{ exact_guid('source."Modifier"') }} as modifier_id,

        -- attributes
        {{ exact_text('source."Code"') }} as gl_scheme_code,
        {{ exact_text('source."CreatorFullName"') }} as creator_name,
        {{ exact_text('source."Description"') }} as gl_scheme_name,
        {{ exact_text('source."ModifierFullName"') }} as modifier_name,
        {{ exact_text('source."TargetNamespace"') }} as target_namespace,

        -- flags
        {{ exact_boolean('source."Main"') }} as is_main,

        -- timestamps, local wall time
        {{ exact_local_timestamp('source."Created"') }} as created_local_at,
        {{ exact_local_timestamp('source."Modified"') }} as modified_local_at,

        -- metadata
        source.deleted_at is not null as is_deleted,
        source.sync_timestamp as _sync_timestamp,
        source.loaded_at as _loaded_at,
        source.load_id as _load_id
    from source

)

select * from renamed
