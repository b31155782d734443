with source as (

    select
        raw.administration_id,
        raw.id,
        raw.sync_timestamp,
        raw.loaded_at,
        raw.load_id,
        raw.deleted_at,
        fields.*
    from {{ source('exact_raw', 'projects') }} as raw
    -- one parse per payload
    cross join lateral json_to_record(raw.payload) as fields (
        "Account" text, "AccountCode" text, "AccountContact" text, "AccountName" text,
        "AllowAdditionalInvoicing" text, "AllowMemberEntryOnly" text, "BlockEntry" text,
        "BlockInvoicing" text, "BlockPlanning" text, "BlockPurchasing" text, "BlockRebilling" text,
        "BudgetedAmount" text, "BudgetedCosts" text, "BudgetedRevenue" text, "BudgetOverrunHours" text,
        "BudgetType" text, "BudgetTypeDescription" text, "Classification" text,
        "ClassificationDescription" text, "Code" text, "CostsAmountFC" text, "Created" text,
        "Creator" text, "CreatorFullName" text, "CustomerPOnumber" text, "CustomField" text,
        "Description" text, "Division" text, "DivisionName" text, "EnableWorkInProgress" text,
        "EndDate" text, "FixedPriceItem" text, "FixedPriceItemDescription" text, "HasWBSLines" text,
        "IncludeInvoiceSpecification" text, "IncludeSpecificationInInvoicePdf" text,
        "InternalNotes" text, "InvoiceAddress" text, "InvoiceAsQuoted" text, "InvoiceDescription" text,
        "IsWBSRequiredForEntry" text, "Manager" text, "ManagerFullname" text, "MarkupPercentage" text,
        "Modified" text, "Modifier" text, "ModifierFullName" text, "Notes" text,
        "PaymentCondition" text, "PrepaidItem" text, "PrepaidItemDescription" text, "PrepaidType" text,
        "PrepaidTypeDescription" text, "SalesTimeQuantity" text, "SourceQuotation" text,
        "StartDate" text, "TimeQuantityToAlert" text, "Type" text, "TypeDescription" text,
        "UseBillingMilestones" text
    )

),

renamed as (

    select
        source.administration_id,
        source.id::uuid as project_id,

        -- ids and codes that refer to another table
        {{ exact_guid('source."Account"') }} as relation_id,
        {{ exact_guid('source."AccountContact"') }} as relation_contact_id,
        {{ exact_guid('source."Classification"') }} as project_classification_id,
        {{ exact_guid('source."Creator"') }} as creator_id,
        {{ exact_integer('source."Division"') }} as division_code,
        {{ exact_guid('source."FixedPriceItem"') }} as fixed_price_item_id,
        {{ exact_guid('source."InvoiceAddress"') }} as invoice_address_id,
        {{ exact_guid('source."Manager"') }} as manager_id,
        {{ exact_guid('source."Modifier"') }} as modifier_id,
        {{ exact_guid('source."PrepaidItem"') }} as prepaid_item_id,
        {{ exact_guid('source."SourceQuotation"') }} as source_quotation_id,

        -- attributes
        {{ exact_text('source."AccountCode"') }} as relation_code,
        {{ exact_text('source."AccountName"') }} as relation_name,
        {{ exact_integer('source."BudgetOverrunHours"') }} as budget_overrun_hours,
        {{ exact_integer('source."BudgetType"') }} as budget_type,
        {{ exact_text('source."BudgetTypeDescription"') }} as budget_type_name,
        {{ exact_text('source."ClassificationDescription"') }} as project_classification_name,
        {{ exact_text('source."Code"') }} as project_code,
        {{ exact_text('source."CreatorFullName"') }} as creator_name,
        {{ exact_text('source."CustomerPOnumber"') }} as customer_po_number,
        {{ exact_text('source."CustomField"') }} as custom_fields,
        {{ exact_text('source."Description"') }} as project_name,
        {{ exact_text('source."DivisionName"') }} as division_name,
        {{ exact_date('source."EndDate"') }} as end_date,
        {{ exact_text('source."FixedPriceItemDescription"') }} as fixed_price_item_name,
        {{ exact_integer('source."IncludeInvoiceSpecification"') }} as include_invoice_specification,
        {{ exact_text('source."InternalNotes"') }} as internal_notes,
        {{ exact_text('source."InvoiceDescription"') }} as invoice_name,
        {{ exact_text('source."ManagerFullname"') }} as manager_name,
        {{ exact_numeric('source."MarkupPercentage"') }} as markup_percentage,
        {{ exact_text('source."ModifierFullName"') }} as modifier_name,
        {{ exact_text('source."Notes"') }} as notes,
        {{ exact_text('source."PaymentCondition"') }} as payment_condition_code,
        {{ exact_text('source."PrepaidItemDescription"') }} as prepaid_item_name,
        {{ exact_integer('source."PrepaidType"') }} as prepaid_type,
        {{ exact_text('source."PrepaidTypeDescription"') }} as prepaid_type_name,
        {{ exact_numeric('source."SalesTimeQuantity"') }} as sales_time_quantity,
        {{ exact_date('source."StartDate"') }} as start_date,
        {{ exact_numeric('source."TimeQuantityToAlert"') }} as time_quantity_to_alert,
        {{ exact_integer('source."Type"') }} as project_type,
        {{ exact_text('source."TypeDescription"') }} as project_type_name,

        -- amounts
        {{ exact_amount('source."BudgetedAmount"') }} as budgeted_amount,
        {{ exact_amount('source."BudgetedCosts"') }} as budgeted_costs,
        {{ exact_amount('source."BudgetedRevenue"') }} as budgeted_revenue,
        {{ exact_amount('source."CostsAmountFC"') }} as costs_amount_fc,

        -- flags
        {{ exact_boolean('source."AllowAdditionalInvoicing"') }} as is_additional_invoicing_allowed,
        {{ exact_boolean('source."AllowMemberEntryOnly"') }} as is_member_entry_only_allowed,
        {{ exact_boolean('source."BlockEntry"') }} as is_entry_blocked,
        {{ exact_boolean('source."BlockInvoicing"') }} as is_invoicing_blocked,
        {{ exact_boolean('source."BlockPlanning"') }} as is_planning_blocked,
        {{ exact_boolean('source."BlockPurchasing"') }} as is_purchasing_blocked,
        {{ exact_boolean('source."BlockRebilling"') }} as is_rebilling_blocked,
        {{ exact_boolean('source."EnableWorkInProgress"') }} as is_work_in_progress_enabled,
        {{ exact_boolean('source."HasWBSLines"') }} as has_wbs_lines,
        {{ exact_boolean('source."IncludeSpecificationInInvoicePdf"') }} as is_specification_in_invoice_pdf_included,
        {{ exact_boolean('source."InvoiceAsQuoted"') }} as is_invoice_as_quoted,
        {{ exact_boolean('source."IsWBSRequiredForEntry"') }} as is_wbs_required_for_entry,
        {{ exact_boolean('source."UseBillingMilestones"') }} as is_billing_milestones_used,

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
