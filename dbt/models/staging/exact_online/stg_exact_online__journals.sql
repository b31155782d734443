with source as (

    select
        raw.administration_id,
        raw.id,
        raw.sync_timestamp,
        raw.loaded_at,
        raw.load_id,
        raw.deleted_at,
        fields.*
    from {{ source('exact_raw', 'journals') }} as raw
    -- one parse per payload
    cross join lateral json_to_record(raw.payload) as fields (
        "AllowVariableCurrency" text, "AllowVariableExchangeRate" text, "AllowVAT" text,
        "AutoSave" text, "Bank" text, "BankAccountBICCode" text, "BankAccountCountry" text,
        "BankAccountDescription" text, "BankAccountIBAN" text, "BankAccountID" text,
        "BankAccountIncludingMask" text, "BankName" text, "Code" text, "Created" text, "Creator" text,
        "CreatorFullName" text, "Currency" text, "CurrencyDescription" text, "CustomField" text,
        "Description" text, "Division" text, "GLAccount" text, "GLAccountCode" text,
        "GLAccountDescription" text, "GLAccountType" text, "IsBlocked" text, "Modified" text,
        "Modifier" text, "ModifierFullName" text, "PaymentInTransitAccount" text,
        "PaymentServiceAccountIdentifier" text, "PaymentServiceProvider" text,
        "PaymentServiceProviderName" text, "Type" text
    )

),

renamed as (

    select
        source.administration_id,
        source.id::uuid as journal_id,

        -- ids and codes that refer to another table
        {{ exact_guid('source."Bank"') }} as bank_id,
        {{ exact_guid('source."BankAccountID"') }} as bank_account_id,
        {{ exact_text('source."Code"') }} as journal_code,
        {{ exact_guid('source."Creator"') }} as creator_id,
        {{ exact_integer('source."Division"') }} as division_code,
        {{ exact_guid('source."GLAccount"') }} as gl_account_id,
        {{ exact_guid('source."Modifier"') }} as modifier_id,
        {{ exact_guid('source."PaymentInTransitAccount"') }} as payment_in_transit_gl_account_id,

        -- attributes
        {{ exact_text('source."BankAccountBICCode"') }} as bank_account_bic_code,
        {{ exact_text('source."BankAccountCountry"') }} as bank_account_country,
        {{ exact_text('source."BankAccountDescription"') }} as bank_account_name,
        {{ exact_text('source."BankAccountIBAN"') }} as bank_account_iban,
        {{ exact_text('source."BankAccountIncludingMask"') }} as bank_account_with_mask,
        {{ exact_text('source."BankName"') }} as bank_name,
        {{ exact_text('source."CreatorFullName"') }} as creator_name,
        {{ exact_text('source."Currency"') }} as currency_code,
        {{ exact_text('source."CurrencyDescription"') }} as currency_name,
        {{ exact_text('source."CustomField"') }} as custom_fields,
        {{ exact_text('source."Description"') }} as journal_name,
        {{ exact_text('source."GLAccountCode"') }} as gl_account_code,
        {{ exact_text('source."GLAccountDescription"') }} as gl_account_name,
        {{ exact_integer('source."GLAccountType"') }} as gl_account_type,
        {{ exact_text('source."ModifierFullName"') }} as modifier_name,
        {{ exact_text('source."PaymentServiceAccountIdentifier"') }} as payment_service_account_identifier,
        {{ exact_integer('source."PaymentServiceProvider"') }} as payment_service_provider,
        {{ exact_text('source."PaymentServiceProviderName"') }} as payment_service_provider_name,
        {{ exact_integer('source."Type"') }} as journal_type,

        -- flags
        {{ exact_boolean('source."AllowVariableCurrency"') }} as is_variable_currency_allowed,
        {{ exact_boolean('source."AllowVariableExchangeRate"') }} as is_variable_exchange_rate_allowed,
        {{ exact_boolean('source."AllowVAT"') }} as is_vat_allowed,
        {{ exact_boolean('source."AutoSave"') }} as is_auto_save,
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
