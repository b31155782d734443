with source as (

    select
        raw.administration_id,
        raw.id,
        raw.sync_timestamp,
        raw.loaded_at,
        raw.load_id,
        raw.deleted_at,
        fields.*
    from {{ source('exact_raw', 'vat_codes') }} as raw
    -- one parse per payload
    cross join lateral json_to_record(raw.payload) as fields (
        "Account" text, "AccountCode" text, "AccountName" text, "CalculationBasis" text, "Charged" text,
        "Code" text, "Created" text, "Creator" text, "CreatorFullName" text, "CustomField" text,
        "Description" text, "Division" text, "EUSalesListing" text, "ExcludeVATListing" text,
        "GLDiscountPurchase" text, "GLDiscountPurchaseCode" text, "GLDiscountPurchaseDescription" text,
        "GLDiscountSales" text, "GLDiscountSalesCode" text, "GLDiscountSalesDescription" text,
        "GLToClaim" text, "GLToClaimCode" text, "GLToClaimDescription" text, "GLToPay" text,
        "GLToPayCode" text, "GLToPayDescription" text, "IntraStat" text, "IntrastatType" text,
        "IsBlocked" text, "LegalText" text, "Modified" text, "Modifier" text, "ModifierFullName" text,
        "OssCountry" text, "Percentage" text, "TaxReturnType" text, "Type" text, "VatDocType" text,
        "VatMargin" text, "VATPartialRatio" text, "VATTransactionType" text
    )

),

renamed as (

    select
        source.administration_id,
        source.id::uuid as vat_code_id,

        -- ids and codes that refer to another table
        {{ exact_guid('source."Account"') }} as tax_office_relation_id,
        {{ exact_guid('source."Creator"') }} as creator_id,
        {{ exact_integer('source."Division"') }} as division_code,
        {{ exact_guid('source."GLDiscountPurchase"') }} as gl_discount_purchase_id,
        {{ exact_guid('source."GLDiscountSales"') }} as gl_discount_sales_id,
        {{ exact_guid('source."GLToClaim"') }} as gl_to_claim_id,
        {{ exact_guid('source."GLToPay"') }} as gl_to_pay_id,
        {{ exact_guid('source."Modifier"') }} as modifier_id,

        -- attributes
        {{ exact_text('source."AccountCode"') }} as tax_office_relation_code,
        {{ exact_text('source."AccountName"') }} as tax_office_relation_name,
        {{ exact_integer('source."CalculationBasis"') }} as calculation_basis,
        {{ exact_text('source."Code"') }} as vat_code,
        {{ exact_text('source."CreatorFullName"') }} as creator_name,
        {{ exact_text('source."CustomField"') }} as custom_fields,
        {{ exact_text('source."Description"') }} as vat_code_name,
        {{ exact_text('source."EUSalesListing"') }} as eu_sales_listing,
        {{ exact_integer('source."ExcludeVATListing"') }} as exclude_vat_listing,
        {{ exact_text('source."GLDiscountPurchaseCode"') }} as gl_discount_purchase_code,
        {{ exact_text('source."GLDiscountPurchaseDescription"') }} as gl_discount_purchase_name,
        {{ exact_text('source."GLDiscountSalesCode"') }} as gl_discount_sales_code,
        {{ exact_text('source."GLDiscountSalesDescription"') }} as gl_discount_sales_name,
        {{ exact_text('source."GLToClaimCode"') }} as gl_to_claim_code,
        {{ exact_text('source."GLToClaimDescription"') }} as gl_to_claim_name,
        {{ exact_text('source."GLToPayCode"') }} as gl_to_pay_code,
        {{ exact_text('source."GLToPayDescription"') }} as gl_to_pay_name,
        {{ exact_text('source."IntrastatType"') }} as intrastat_type,
        {{ exact_text('source."LegalText"') }} as legal_text,
        {{ exact_text('source."ModifierFullName"') }} as modifier_name,
        {{ exact_text('source."OssCountry"') }} as oss_country,
        {{ exact_numeric('source."Percentage"') }} as percentage,
        {{ exact_integer('source."TaxReturnType"') }} as tax_return_type,
        {{ exact_text('source."Type"') }} as vat_calculation_type,
        {{ exact_text('source."VatDocType"') }} as vat_doc_type,
        {{ exact_integer('source."VatMargin"') }} as vat_margin,
        {{ exact_integer('source."VATPartialRatio"') }} as vat_partial_ratio,
        {{ exact_text('source."VATTransactionType"') }} as vat_transaction_type,

        -- flags
        {{ exact_boolean('source."Charged"') }} as is_charged,
        {{ exact_boolean('source."IntraStat"') }} as is_intra_stat,
        {{ exact_boolean('source."IsBlocked"') }} as is_blocked,

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
