{# A table: several models read it, and an asset must not appear between two of them. #}
{{ config(materialized='table', post_hook='analyze {{ this }}') }}

with source as (

    select
        raw.administration_id,
        raw.id,
        raw.sync_timestamp,
        raw.loaded_at,
        raw.load_id,
        raw.deleted_at,
        fields.*
    from {{ source('exact_raw', 'asset_groups') }} as raw
    -- one parse per payload
    cross join lateral json_to_record(raw.payload) as fields (
        "Code" text, "Created" text, "Creator" text, "CreatorFullName" text, "DepreciationMethod" text,
        "DepreciationMethodCode" text, "DepreciationMethodDescription" text, "Description" text,
        "Division" text, "GLAccountAssets" text, "GLAccountAssetsCode" text,
        "GLAccountAssetsDescription" text, "GLAccountDepreciationBS" text,
        "GLAccountDepreciationBSCode" text, "GLAccountDepreciationBSDescription" text,
        "GLAccountDepreciationPL" text, "GLAccountDepreciationPLCode" text,
        "GLAccountDepreciationPLDescription" text, "GLAccountRevaluationBS" text,
        "GLAccountRevaluationBSCode" text, "GLAccountRevaluationBSDescription" text, "Modified" text,
        "Modifier" text, "ModifierFullName" text, "Notes" text
    )

),

renamed as (

    select
        source.administration_id,
        source.id::uuid as asset_group_id,

        -- ids and codes that refer to another table
        {{ exact_guid('source."Creator"') }} as creator_id,
        {{ exact_guid('source."DepreciationMethod"') }} as depreciation_method_id,
        {{ exact_integer('source."Division"') }} as division_code,
        {{ exact_guid('source."GLAccountAssets"') }} as asset_gl_account_id,
        {{ exact_guid('source."GLAccountDepreciationBS"') }} as accumulated_gl_account_id,
        {{ exact_guid('source."GLAccountDepreciationPL"') }} as depreciation_gl_account_id,
        {{ exact_guid('source."GLAccountRevaluationBS"') }} as revaluation_gl_account_id,
        {{ exact_guid('source."Modifier"') }} as modifier_id,

        -- attributes
        {{ exact_text('source."Code"') }} as asset_group_code,
        {{ exact_text('source."CreatorFullName"') }} as creator_name,
        {{ exact_text('source."DepreciationMethodCode"') }} as depreciation_method_code,
        {{ exact_text('source."DepreciationMethodDescription"') }} as depreciation_method_name,
        {{ exact_text('source."Description"') }} as asset_group_name,
        {{ exact_text('source."GLAccountAssetsCode"') }} as asset_gl_account_code,
        {{ exact_text('source."GLAccountAssetsDescription"') }} as asset_gl_account_name,
        {{ exact_text('source."GLAccountDepreciationBSCode"') }} as accumulated_gl_account_code,
        {{ exact_text('source."GLAccountDepreciationBSDescription"') }} as accumulated_gl_account_name,
        {{ exact_text('source."GLAccountDepreciationPLCode"') }} as depreciation_gl_account_code,
        {{ exact_text('source."GLAccountDepreciationPLDescription"') }} as depreciation_gl_account_name,
        {{ exact_text('source."GLAccountRevaluationBSCode"') }} as revaluation_gl_account_code,
        {{ exact_text('source."GLAccountRevaluationBSDescription"') }} as revaluation_gl_account_name,
        {{ exact_text('source."ModifierFullName"') }} as modifier_name,
        {{ exact_text('source."Notes"') }} as notes,

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
