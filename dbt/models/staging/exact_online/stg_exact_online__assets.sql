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
    from {{ source('exact_raw', 'assets') }} as raw
    -- one parse per payload
    cross join lateral json_to_record(raw.payload) as fields (
        "AlreadyDepreciated" text, "AssetFrom" text, "AssetFromDescription" text, "AssetGroup" text,
        "AssetGroupCode" text, "AssetGroupDescription" text, "CatalogueValue" text, "Code" text,
        "Costcenter" text, "CostcenterDescription" text, "Costunit" text, "CostunitDescription" text,
        "Created" text, "Creator" text, "CreatorFullName" text, "CustomField" text,
        "DeductionPercentage" text, "DepreciatedAmount" text, "DepreciatedPeriods" text,
        "DepreciatedStartDate" text, "Description" text, "Division" text, "EndDate" text,
        "EngineEmission" text, "EngineType" text, "GLTransactionLine" text,
        "GLTransactionLineDescription" text, "InvestmentAccount" text, "InvestmentAccountCode" text,
        "InvestmentAccountName" text, "InvestmentAmountDC" text, "InvestmentAmountFC" text,
        "InvestmentCurrency" text, "InvestmentCurrencyDescription" text, "InvestmentDate" text,
        "InvestmentDeduction" text, "Modified" text, "Modifier" text, "ModifierFullName" text,
        "Notes" text, "Parent" text, "ParentCode" text, "ParentDescription" text,
        "PictureFileName" text, "PrimaryMethod" text, "PrimaryMethodCode" text,
        "PrimaryMethodDescription" text, "ResidualValue" text, "StartDate" text, "Status" text,
        "TransactionEntryID" text, "TransactionEntryNo" text, "Type" text
    )

),

renamed as (

    select
        source.administration_id,
        source.id::uuid as asset_id,

        -- ids and codes that refer to another table
        {{ exact_guid('source."AssetFrom"') }} as asset_from_id,
        {{ exact_guid('source."AssetGroup"') }} as asset_group_id,
        {{ exact_text('source."Costcenter"') }} as cost_center_code,
        {{ exact_text('source."Costunit"') }} as cost_unit_code,
        {{ exact_guid('source."Creator"') }} as creator_id,
        {{ exact_integer('source."Division"') }} as division_code,
        {{ exact_guid('source."GLTransactionLine"') }} as transaction_line_id,
        {{ exact_guid('source."InvestmentAccount"') }} as investment_relation_id,
        {{ exact_guid('source."Modifier"') }} as modifier_id,
        {{ exact_guid('source."Parent"') }} as parent_asset_id,
        {{ exact_guid('source."PrimaryMethod"') }} as depreciation_method_id,
        {{ exact_guid('source."TransactionEntryID"') }} as transaction_entry_id,

        -- attributes
        {{ exact_text('source."AssetFromDescription"') }} as asset_from_name,
        {{ exact_text('source."AssetGroupCode"') }} as asset_group_code,
        {{ exact_text('source."AssetGroupDescription"') }} as asset_group_name,
        {{ exact_text('source."Code"') }} as asset_code,
        {{ exact_text('source."CostcenterDescription"') }} as cost_center_name,
        {{ exact_text('source."CostunitDescription"') }} as cost_unit_name,
        {{ exact_text('source."CreatorFullName"') }} as creator_name,
        {{ exact_text('source."CustomField"') }} as custom_fields,
        {{ exact_numeric('source."DeductionPercentage"') }} as deduction_percentage,
        {{ exact_integer('source."DepreciatedPeriods"') }} as depreciated_periods,
        {{ exact_date('source."DepreciatedStartDate"') }} as depreciated_start_date,
        {{ exact_text('source."Description"') }} as asset_description,
        {{ exact_date('source."EndDate"') }} as end_date,
        {{ exact_integer('source."EngineEmission"') }} as engine_emission,
        {{ exact_integer('source."EngineType"') }} as engine_type,
        {{ exact_text('source."GLTransactionLineDescription"') }} as transaction_line_description,
        {{ exact_text('source."InvestmentAccountCode"') }} as investment_relation_code,
        {{ exact_text('source."InvestmentAccountName"') }} as investment_relation_name,
        {{ exact_text('source."InvestmentCurrency"') }} as investment_currency_code,
        {{ exact_text('source."InvestmentCurrencyDescription"') }} as investment_currency_name,
        {{ exact_date('source."InvestmentDate"') }} as investment_date,
        {{ exact_integer('source."InvestmentDeduction"') }} as investment_deduction,
        {{ exact_text('source."ModifierFullName"') }} as modifier_name,
        {{ exact_text('source."Notes"') }} as notes,
        {{ exact_text('source."ParentCode"') }} as parent_asset_code,
        {{ exact_text('source."ParentDescription"') }} as parent_asset_name,
        {{ exact_text('source."PictureFileName"') }} as picture_file_name,
        {{ exact_text('source."PrimaryMethodCode"') }} as depreciation_method_code,
        {{ exact_text('source."PrimaryMethodDescription"') }} as depreciation_method_name,
        {{ exact_date('source."StartDate"') }} as start_date,
        {{ exact_integer('source."Status"') }} as asset_status,
        {{ exact_integer('source."TransactionEntryNo"') }} as transaction_entry_no,
        {{ exact_text('source."Type"') }} as asset_type,

        -- amounts
        {{ exact_amount('source."CatalogueValue"') }} as catalogue_value,
        {{ exact_amount('source."DepreciatedAmount"') }} as depreciated_amount,
        {{ exact_amount('source."InvestmentAmountDC"') }} as investment_amount,
        {{ exact_amount('source."InvestmentAmountFC"') }} as investment_amount_fc,
        {{ exact_amount('source."ResidualValue"') }} as residual_value,

        -- flags
        {{ exact_boolean('source."AlreadyDepreciated"') }} as is_already_depreciated,

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
