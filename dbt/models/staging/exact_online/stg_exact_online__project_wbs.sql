with source as (

    select
        raw.administration_id,
        raw.id,
        raw.sync_timestamp,
        raw.loaded_at,
        raw.load_id,
        raw.deleted_at,
        fields.*
    from {{ source('exact_raw', 'project_wbs') }} as raw
    -- one parse per payload
    cross join lateral json_to_record(raw.payload) as fields (
        "BlockEntry" text, "BlockRebilling" text, "BudgetedCost" text, "BudgetedHours" text,
        "BudgetedQuantity" text, "BudgetedRevenue" text, "BudgetOverrunHours" text, "Completed" text,
        "Created" text, "Creator" text, "CreatorFullName" text, "CustomField" text, "DefaultItem" text,
        "DefaultItemIsMandatory" text, "Description" text, "Division" text, "EndDate" text,
        "InvoiceDate" text, "InvoiceMethod" text, "MarkupPercentage" text, "Milestone" text,
        "Modified" text, "Modifier" text, "ModifierFullName" text, "Notes" text, "PartOf" text,
        "PartOfDescription" text, "Project" text, "ProjectDescription" text, "ProjectTerm" text,
        "ProjectTermDescription" text, "PurchasePrice" text, "SequenceNumber" text, "StartDate" text,
        "Supplier" text, "TimeQuantityToAlert" text, "Type" text
    )

),

renamed as (

    select
        source.administration_id,
        source.id::uuid as project_wbs_id,

        -- ids and codes that refer to another table
        {{ exact_guid('source."Creator"') }} as creator_id,
        {{ exact_guid('source."DefaultItem"') }} as default_item_id,
        {{ exact_integer('source."Division"') }} as division_code,
        {{ exact_guid('source."Modifier"') }} as modifier_id,
        {{ exact_guid('source."PartOf"') }} as part_of_id,
        {{ exact_guid('source."Project"') }} as project_id,
        {{ exact_guid('source."ProjectTerm"') }} as project_term_id,
        {{ exact_guid('source."Supplier"') }} as supplier_id,

        -- attributes
        {{ exact_integer('source."BlockEntry"') }} as block_entry,
        {{ exact_integer('source."BlockRebilling"') }} as block_rebilling,
        {{ exact_numeric('source."BudgetedHours"') }} as budgeted_hours,
        {{ exact_numeric('source."BudgetedQuantity"') }} as budgeted_quantity,
        {{ exact_integer('source."BudgetOverrunHours"') }} as budget_overrun_hours,
        {{ exact_integer('source."Completed"') }} as completed,
        {{ exact_text('source."CreatorFullName"') }} as creator_name,
        {{ exact_text('source."CustomField"') }} as custom_fields,
        {{ exact_integer('source."DefaultItemIsMandatory"') }} as default_item_is_mandatory,
        {{ exact_text('source."Description"') }} as project_wbs_name,
        {{ exact_date('source."EndDate"') }} as end_date,
        {{ exact_date('source."InvoiceDate"') }} as invoice_date,
        {{ exact_integer('source."InvoiceMethod"') }} as invoice_method,
        {{ exact_numeric('source."MarkupPercentage"') }} as markup_percentage,
        {{ exact_integer('source."Milestone"') }} as milestone,
        {{ exact_text('source."ModifierFullName"') }} as modifier_name,
        {{ exact_text('source."Notes"') }} as notes,
        {{ exact_text('source."PartOfDescription"') }} as part_of_name,
        {{ exact_text('source."ProjectDescription"') }} as project_name,
        {{ exact_text('source."ProjectTermDescription"') }} as project_term_name,
        {{ exact_integer('source."SequenceNumber"') }} as sequence_number,
        {{ exact_date('source."StartDate"') }} as start_date,
        {{ exact_numeric('source."TimeQuantityToAlert"') }} as time_quantity_to_alert,
        {{ exact_integer('source."Type"') }} as project_wbs_type,

        -- amounts
        {{ exact_amount('source."BudgetedCost"') }} as budgeted_cost,
        {{ exact_amount('source."BudgetedRevenue"') }} as budgeted_revenue,
        {{ exact_amount('source."PurchasePrice"') }} as purchase_price,

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
