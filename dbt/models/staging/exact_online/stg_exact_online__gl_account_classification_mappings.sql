with source as (

    select
        raw.administration_id,
        raw.id,
        raw.sync_timestamp,
        raw.loaded_at,
        raw.load_id,
        raw.deleted_at,
        fields.*
    from {{ source('exact_raw', 'gl_account_classification_mappings') }} as raw
    -- one parse per payload
    cross join lateral json_to_record(raw.payload) as fields (
        "Classification" text, "ClassificationCode" text, "ClassificationDescription" text,
        "Division" text, "GLAccount" text, "GLAccountCode" text, "GLAccountDescription" text,
        "GLSchemeCode" text, "GLSchemeDescription" text, "GLSchemeID" text
    )

),

renamed as (

    select
        source.administration_id,
        source.id::uuid as gl_account_classification_mapping_id,

        -- ids and codes that refer to another table
        {{ exact_guid('source."Classification"') }} as gl_classification_id,
        {{ exact_integer('source."Division"') }} as division_code,
        {{ exact_guid('source."GLAccount"') }} as gl_account_id,
        {{ exact_guid('source."GLSchemeID"') }} as gl_scheme_id,

        -- attributes
        {{ exact_text('source."ClassificationCode"') }} as gl_classification_code,
        {{ exact_text('source."ClassificationDescription"') }} as gl_classification_name,
        {{ exact_text('source."GLAccountCode"') }} as gl_account_code,
        {{ exact_text('source."GLAccountDescription"') }} as gl_account_name,
        {{ exact_text('source."GLSchemeCode"') }} as gl_scheme_code,
        {{ exact_text('source."GLSchemeDescription"') }} as gl_scheme_name,

        -- metadata
        source.deleted_at is not null as is_deleted,
        source.sync_timestamp as _sync_timestamp,
        source.loaded_at as _loaded_at,
        source.load_id as _load_id
    from source

)

select * from renamed
