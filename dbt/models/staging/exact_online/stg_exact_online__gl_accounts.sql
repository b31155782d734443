with source as (

    select
        raw.administration_id,
        raw.id,
        raw.sync_timestamp,
        raw.loaded_at,
        raw.load_id,
        raw.deleted_at,
        fields.*
    from {{ source('exact_raw', 'gl_accounts') }} as raw
    -- one parse per payload
    cross join lateral json_to_record(raw.payload) as fields (
        "AllowCostsInSales" text, "AssimilatedVATBox" text, "BalanceSide" text, "BalanceType" text,
        "BelcotaxType" text, "Code" text, "Compress" text, "Costcenter" text,
        "CostcenterDescription" text, "Costunit" text, "CostunitDescription" text, "Created" text,
        "Creator" text, "CreatorFullName" text, "CustomField" text, "Description" text,
        "DescriptionTermID" text, "Division" text, "ExcludeVATListing" text,
        "ExpenseNonDeductiblePercentage" text, "IsBlocked" text, "Matching" text, "Modified" text,
        "Modifier" text, "ModifierFullName" text, "PrivateGLAccount" text, "PrivatePercentage" text,
        "ReportingCode" text, "RevalueCurrency" text, "SearchCode" text, "Type" text,
        "TypeDescription" text, "UseCostcenter" text, "UseCostunit" text, "VATCode" text,
        "VATDescription" text, "VATGLAccountType" text, "VATNonDeductibleGLAccount" text,
        "VATNonDeductiblePercentage" text, "VATSystem" text, "YearEndCostGLAccount" text,
        "YearEndReflectionGLAccount" text
    )

),

renamed as (

    select
        source.administration_id,
        source.id::uuid as gl_account_id,

        -- ids and codes that refer to another table
        {{ exact_text('source."Costcenter"') }} as cost_center_code,
        {{ exact_text('source."Costunit"') }} as cost_unit_code,
        {{ exact_guid('source."Creator"') }} as creator_id,
        {{ exact_integer('source."Division"') }} as division_code,
        {{ exact_guid('source."Modifier"') }} as modifier_id,
        {{ exact_guid('source."PrivateGLAccount"') }} as private_gl_account_id,
        {{ exact_guid('source."VATNonDeductibleGLAccount"') }} as vat_non_deductible_gl_account_id,
        {{ exact_guid('source."YearEndCostGLAccount"') }} as year_end_cost_gl_account_id,
        {{ exact_guid('source."YearEndReflectionGLAccount"') }} as year_end_reflection_gl_account_id,

        -- attributes
        {{ exact_integer('source."AllowCostsInSales"') }} as allow_costs_in_sales,
        {{ exact_integer('source."AssimilatedVATBox"') }} as assimilated_vat_box,
        {{ exact_text('source."BalanceSide"') }} as balance_side,
        {{ exact_text('source."BalanceType"') }} as balance_type,
        {{ exact_integer('source."BelcotaxType"') }} as belcotax_type,
        {{ exact_text('source."Code"') }} as account_code,
        {{ exact_text('source."CostcenterDescription"') }} as cost_center_name,
        {{ exact_text('source."CostunitDescription"') }} as cost_unit_name,
        {{ exact_text('source."CreatorFullName"') }} as creator_name,
        {{ exact_text('source."CustomField"') }} as custom_fields,
        {{ exact_text('source."Description"') }} as account_name,
        {{ exact_integer('source."DescriptionTermID"') }} as description_term_id,
        {{ exact_integer('source."ExcludeVATListing"') }} as exclude_vat_listing,
        {{ exact_numeric('source."ExpenseNonDeductiblePercentage"') }} as expense_non_deductible_percentage,
        {{ exact_text('source."ModifierFullName"') }} as modifier_name,
        {{ exact_numeric('source."PrivatePercentage"') }} as private_percentage,
        {{ exact_text('source."ReportingCode"') }} as reporting_code,
        {{ exact_text('source."SearchCode"') }} as search_code,
        {{ exact_integer('source."Type"') }} as account_type,
        {{ exact_text('source."TypeDescription"') }} as account_type_name,
        {{ exact_integer('source."UseCostcenter"') }} as cost_center_usage,
        {{ exact_integer('source."UseCostunit"') }} as cost_unit_usage,
        {{ exact_text('source."VATCode"') }} as vat_code,
        {{ exact_text('source."VATDescription"') }} as vat_code_name,
        {{ exact_text('source."VATGLAccountType"') }} as vat_gl_account_type,
        {{ exact_numeric('source."VATNonDeductiblePercentage"') }} as vat_non_deductible_percentage,
        {{ exact_text('source."VATSystem"') }} as vat_system,

        -- flags
        {{ exact_boolean('source."Compress"') }} as is_compressed,
        {{ exact_boolean('source."IsBlocked"') }} as is_blocked,
        {{ exact_boolean('source."Matching"') }} as is_matching_used,
        {{ exact_boolean('source."RevalueCurrency"') }} as is_revalue_currency,

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
