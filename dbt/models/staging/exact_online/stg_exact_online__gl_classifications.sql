with source as (

    select
        raw.administration_id,
        raw.id,
        raw.sync_timestamp,
        raw.loaded_at,
        raw.load_id,
        raw.deleted_at,
        fields.*
    from {{ source('exact_raw', 'gl_classifications') }} as raw
    -- one parse per payload
    cross join lateral json_to_record(raw.payload) as fields (
        "Abstract" text, "Balance" text, "Code" text, "Created" text, "Creator" text,
        "CreatorFullName" text, "Description" text, "Division" text, "Modified" text, "Modifier" text,
        "ModifierFullName" text, "Name" text, "Nillable" text, "Parent" text, "PeriodType" text,
        "SubstitutionGroup" text, "TaxonomyNamespace" text, "TaxonomyNamespaceDescription" text,
        "Type" text
    )

),

renamed as (

    select
        source.administration_id,
        source.id::uuid as gl_classification_id,

        -- ids and codes that refer to another table
        {{ exact_guid('source."Creator"') }} as creator_id,
        {{ exact_integer('source."Division"') }} as division_code,
        {{ exact_guid('source."Modifier"') }} as modifier_id,
        {{ exact_guid('source."Parent"') }} as parent_gl_classification_id,
        {{ exact_guid('source."TaxonomyNamespace"') }} as gl_scheme_id,
        {{ exact_guid('source."Type"') }} as element_type_id,

        -- attributes
        {{ exact_text('source."Balance"') }} as balance,
        {{ exact_text('source."Code"') }} as gl_classification_code,
        {{ exact_text('source."CreatorFullName"') }} as creator_name,
        {{ exact_text('source."Description"') }} as description,
        {{ exact_text('source."ModifierFullName"') }} as modifier_name,
        {{ exact_text('source."Name"') }} as gl_classification_name,
        {{ exact_text('source."PeriodType"') }} as period_type,
        {{ exact_text('source."SubstitutionGroup"') }} as substitution_group,
        {{ exact_text('source."TaxonomyNamespaceDescription"') }} as gl_scheme_name,

        -- flags
        {{ exact_boolean('source."Abstract"') }} as is_abstract,
        {{ exact_boolean('source."Nillable"') }} as is_nillable,

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
