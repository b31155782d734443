with source as (

    select
        raw.administration_id,
        raw.id,
        raw.sync_timestamp,
        raw.loaded_at,
        raw.load_id,
        raw.deleted_at,
        fields.*
    from {{ source('exact_raw', 'vat_percentages') }} as raw
    -- one parse per payload
    cross join lateral json_to_record(raw.payload) as fields (
        "Created" text, "Creator" text, "CreatorFullName" text, "Division" text, "EndDate" text,
        "LineNumber" text, "Modified" text, "Modifier" text, "ModifierFullName" text, "Percentage" text,
        "StartDate" text, "Type" text, "VATCodeID" text
    )

),

renamed as (

    select
        source.administration_id,
        source.id::uuid as vat_percentage_id,

        -- ids and codes that refer to another table
        {{ exact_guid('source."Creator"') }} as creator_id,
        {{ exact_integer('source."Division"') }} as division_code,
        {{ exact_guid('source."Modifier"') }} as modifier_id,
        {{ exact_guid('source."VATCodeID"') }} as vat_code_id,

        -- attributes
        {{ exact_text('source."CreatorFullName"') }} as creator_name,
        {{ exact_date('source."EndDate"') }} as end_date,
        {{ exact_integer('source."LineNumber"') }} as line_number,
        {{ exact_text('source."ModifierFullName"') }} as modifier_name,
        {{ exact_numeric('source."Percentage"') }} as percentage,
        {{ exact_date('source."StartDate"') }} as start_date,
        {{ exact_integer('source."Type"') }} as vat_percentage_type,

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
