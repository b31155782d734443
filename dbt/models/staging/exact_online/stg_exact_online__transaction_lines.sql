{{
    config(
        materialized='incremental',
        incremental_strategy='merge_and_number',
        unique_key=['administration_id', 'transaction_line_id'],
        numbered_by=['administration_id', 'fiscal_year', 'fiscal_period'],
        on_schema_change='fail',
        pre_hook="{{ note_ended_loads(source('exact_ops', 'loads')) }}",
        post_hook=[
            "{{ remove_purged(source('exact_raw', 'transaction_lines')) }}",
            "{{ number_all_states() }}",
            "{{ settle_loads() }}",
            "{{ analyze_what_changed() }}",
        ],
        indexes=[{'columns': ['administration_id', 'fiscal_year', 'fiscal_period']}],
    )
}}

with source as (

    select
        raw.administration_id,
        raw.id,
        raw.sync_timestamp,
        raw.loaded_at,
        raw.load_id,
        raw.deleted_at,
        fields.*
    from {{ source('exact_raw', 'transaction_lines') }} as raw
    -- one parse per payload
    cross join
        lateral json_to_record(raw.payload) as fields (
            "Account" text, "AccountCode" text, "AccountName" text, "AmountDC" text, "AmountFC" text,
            "AmountVATBaseFC" text, "AmountVATFC" text, "Asset" text, "AssetCode" text,
            "AssetDescription" text, "CostCenter" text, "CostCenterDescription" text, "CostUnit" text,
            "CostUnitDescription" text, "Created" text, "Creator" text, "CreatorFullName" text,
            "Currency" text, "CustomField" text, "Date" text, "Description" text, "Division" text,
            "Document" text, "DocumentNumber" text, "DocumentSubject" text, "DueDate" text, "EntryID" text,
            "EntryNumber" text, "ExchangeRate" text, "ExternalLinkDescription" text,
            "ExternalLinkReference" text, "ExtraDutyAmountFC" text, "ExtraDutyPercentage" text,
            "FinancialPeriod" text, "FinancialYear" text, "GLAccount" text, "GLAccountCode" text,
            "GLAccountDescription" text, "InvoiceNumber" text, "Item" text, "ItemCode" text,
            "ItemDescription" text, "JournalCode" text, "JournalDescription" text, "LineNumber" text,
            "LineType" text, "Modified" text, "Modifier" text, "ModifierFullName" text, "Notes" text,
            "OffsetID" text, "OrderNumber" text, "PaymentDiscountAmount" text, "PaymentReference" text,
            "Project" text, "ProjectCode" text, "ProjectDescription" text, "ProjectWBS" text,
            "ProjectWBSDescription" text, "Quantity" text, "Status" text, "Subscription" text,
            "SubscriptionDescription" text, "TrackingNumber" text, "TrackingNumberDescription" text,
            "Type" text, "VATCode" text, "VATCodeDescription" text, "VATPercentage" text, "VATType" text,
            "YourRef" text
        )
    {% if is_incremental() %}
    where {{ is_new_or_changed(this, 'transaction_line_id') }}
    {% endif %}

),

-- A line Exact sends without its entry, period or date has a place all the same, or it would stop everybody's build:
-- an entry of its own, the opening of the year of its date. Balances and comparisons then say that it does not fit.
renamed as (

    select
        source.administration_id,
        source.id::uuid as transaction_line_id,

        -- ids and codes that refer to another table
        {{ exact_guid('source."Account"') }} as relation_id,
        {{ exact_guid('source."Asset"') }} as asset_id,
        {{ exact_text('source."CostCenter"') }} as cost_center_code,
        {{ exact_text('source."CostUnit"') }} as cost_unit_code,
        {{ exact_guid('source."Creator"') }} as creator_id,
        {{ exact_integer('source."Division"') }} as division_code,
        {{ exact_guid('source."Document"') }} as document_id,
        coalesce({{ exact_guid('source."EntryID"') }}, source.id::uuid) as entry_id,
        coalesce({{ exact_integer('source."FinancialPeriod"') }}, 0) as fiscal_period,
        coalesce(
            {{ exact_integer('source."FinancialYear"') }},
            extract(year from {{ exact_date('source."Date"') }})::integer,
            1900
        ) as fiscal_year,
        {{ exact_guid('source."GLAccount"') }} as gl_account_id,
        {{ exact_guid('source."Item"') }} as item_id,
        {{ exact_text('source."JournalCode"') }} as journal_code,
        {{ exact_guid('source."Modifier"') }} as modifier_id,
        {{ exact_guid('source."OffsetID"') }} as offset_line_id,
        {{ exact_guid('source."Project"') }} as project_id,
        {{ exact_guid('source."ProjectWBS"') }} as project_wbs_id,
        {{ exact_guid('source."Subscription"') }} as subscription_id,

        -- attributes
        {{ exact_text('source."AccountCode"') }} as relation_code,
        {{ exact_text('source."AccountName"') }} as relation_name,
        {{ exact_text('source."AssetCode"') }} as asset_code,
        {{ exact_text('source."AssetDescription"') }} as asset_description,
        {{ exact_text('source."CostCenterDescription"') }} as cost_center_name,
        {{ exact_text('source."CostUnitDescription"') }} as cost_unit_name,
        {{ exact_text('source."CreatorFullName"') }} as creator_name,
        {{ exact_text('source."Currency"') }} as currency_code,
        {{ exact_text('source."CustomField"') }} as custom_fields,
        coalesce({{ exact_date('source."Date"') }}, date '1900-01-01') as entry_date,
        {{ exact_text('source."Description"') }} as description,
        {{ exact_integer('source."DocumentNumber"') }} as document_number,
        {{ exact_text('source."DocumentSubject"') }} as document_subject,
        {{ exact_date('source."DueDate"') }} as due_date,
        {{ exact_integer('source."EntryNumber"') }} as entry_number,
        {{ exact_numeric('source."ExchangeRate"') }} as exchange_rate,
        {{ exact_text('source."ExternalLinkDescription"') }} as external_link_name,
        {{ exact_text('source."ExternalLinkReference"') }} as external_link_reference,
        {{ exact_numeric('source."ExtraDutyPercentage"') }} as extra_duty_percentage,
        {{ exact_text('source."GLAccountCode"') }} as gl_account_code,
        {{ exact_text('source."GLAccountDescription"') }} as gl_account_name,
        {{ exact_integer('source."InvoiceNumber"') }} as invoice_number,
        {{ exact_text('source."ItemCode"') }} as item_code,
        {{ exact_text('source."ItemDescription"') }} as item_name,
        {{ exact_text('source."JournalDescription"') }} as journal_name,
        {{ exact_integer('source."LineNumber"') }} as line_number,
        {{ exact_integer('source."LineType"') }} as line_type,
        {{ exact_text('source."ModifierFullName"') }} as modifier_name,
        {{ exact_text('source."Notes"') }} as notes,
        {{ exact_integer('source."OrderNumber"') }} as order_number,
        {{ exact_text('source."PaymentReference"') }} as payment_reference,
        {{ exact_text('source."ProjectCode"') }} as project_code,
        {{ exact_text('source."ProjectDescription"') }} as project_name,
        {{ exact_text('source."ProjectWBSDescription"') }} as project_wbs_name,
        {{ exact_numeric('source."Quantity"') }} as quantity,
        {{ exact_integer('source."Status"') }} as status,
        {{ exact_text('source."SubscriptionDescription"') }} as subscription_name,
        {{ exact_text('source."TrackingNumber"') }} as tracking_number,
        {{ exact_text('source."TrackingNumberDescription"') }} as tracking_number_name,
        {{ exact_integer('source."Type"') }} as transaction_type,
        {{ exact_text('source."VATCode"') }} as vat_code,
        {{ exact_text('source."VATCodeDescription"') }} as vat_code_name,
        {{ exact_numeric('source."VATPercentage"') }} as vat_percentage,
        {{ exact_text('source."VATType"') }} as vat_type,
        {{ exact_text('source."YourRef"') }} as your_ref,

        -- amounts
        {{ exact_amount('source."AmountDC"') }} as amount,
        {{ exact_amount('source."AmountFC"') }} as amount_fc,
        {{ exact_amount('source."AmountVATBaseFC"') }} as vat_base_amount_fc,
        {{ exact_amount('source."AmountVATFC"') }} as vat_amount_fc,
        {{ exact_amount('source."ExtraDutyAmountFC"') }} as extra_duty_amount_fc,
        {{ exact_amount('source."PaymentDiscountAmount"') }} as payment_discount_amount,

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
