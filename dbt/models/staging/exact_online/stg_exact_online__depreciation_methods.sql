with source as (

    select
        raw.administration_id,
        raw.id,
        raw.sync_timestamp,
        raw.loaded_at,
        raw.load_id,
        raw.deleted_at,
        fields.*
    from {{ source('exact_raw', 'depreciation_methods') }} as raw
    -- one parse per payload
    cross join lateral json_to_record(raw.payload) as fields (
        "Amount" text, "Code" text, "Created" text, "Creator" text, "CreatorFullName" text,
        "DepreciationInterval" text, "Description" text, "Division" text, "MaxPercentage" text,
        "Modified" text, "Modifier" text, "ModifierFullName" text, "Percentage" text,
        "Percentage2" text, "Periods" text, "Type" text, "TypeDescription" text, "Years" text
    )

),

renamed as (

    select
        source.administration_id,
        source.id::uuid as depreciation_method_id,

        -- ids and codes that refer to another table
        {{ exact_guid('source."Creator"') }} as creator_id,
        {{ exact_integer('source."Division"') }} as division_code,
        {{ exact_guid('source."Modifier"') }} as modifier_id,

        -- attributes
        {{ exact_text('source."Code"') }} as depreciation_method_code,
        {{ exact_text('source."CreatorFullName"') }} as creator_name,
        {{ exact_text('source."DepreciationInterval"') }} as depreciation_interval,
        {{ exact_text('source."Description"') }} as depreciation_method_name,
        {{ exact_numeric('source."MaxPercentage"') }} as max_percentage,
        {{ exact_text('source."ModifierFullName"') }} as modifier_name,
        {{ exact_numeric('source."Percentage"') }} as percentage,
        {{ exact_numeric('source."Percentage2"') }} as percentage_2,
        {{ exact_integer('source."Periods"') }} as periods,
        {{ exact_integer('source."Type"') }} as depreciation_method_type,
        {{ exact_text('source."TypeDescription"') }} as depreciation_method_type_name,
        {{ exact_integer('source."Years"') }} as years,

        -- amounts
        {{ exact_amount('source."Amount"') }} as amount,

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
