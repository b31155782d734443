with source as (

    select
        raw.administration_id,
        raw.id,
        raw.sync_timestamp,
        raw.loaded_at,
        raw.load_id,
        raw.deleted_at,
        fields.*
    from {{ source('exact_raw', 'payment_conditions') }} as raw
    -- one parse per payload
    cross join lateral json_to_record(raw.payload) as fields (
        "Code" text, "Created" text, "Creator" text, "CreatorFullName" text,
        "CreditManagementScenario" text, "CreditManagementScenarioCode" text,
        "CreditManagementScenarioDescription" text, "Description" text, "DiscountCalculation" text,
        "DiscountPaymentDays" text, "DiscountPercentage" text, "Division" text, "Modified" text,
        "Modifier" text, "ModifierFullName" text, "PaymentDays" text, "PaymentDiscountType" text,
        "PaymentEndOfMonths" text, "PaymentMethod" text, "Percentage" text, "VATCalculation" text
    )

),

renamed as (

    select
        source.administration_id,
        source.id::uuid as payment_condition_id,

        -- ids and codes that refer to another table
        {{ exact_guid('source."Creator"') }} as creator_id,
        {{ exact_guid('source."CreditManagementScenario"') }} as credit_management_scenario_id,
        {{ exact_integer('source."Division"') }} as division_code,
        {{ exact_guid('source."Modifier"') }} as modifier_id,

        -- attributes
        {{ exact_text('source."Code"') }} as payment_condition_code,
        {{ exact_text('source."CreatorFullName"') }} as creator_name,
        {{ exact_text('source."CreditManagementScenarioCode"') }} as credit_management_scenario_code,
        {{ exact_text('source."CreditManagementScenarioDescription"') }} as credit_management_scenario_name,
        {{ exact_text('source."Description"') }} as payment_condition_name,
        {{ exact_text('source."DiscountCalculation"') }} as discount_calculation,
        {{ exact_integer('source."DiscountPaymentDays"') }} as discount_payment_days,
        {{ exact_numeric('source."DiscountPercentage"') }} as discount_percentage,
        {{ exact_text('source."ModifierFullName"') }} as modifier_name,
        {{ exact_integer('source."PaymentDays"') }} as payment_days,
        {{ exact_text('source."PaymentDiscountType"') }} as payment_discount_type,
        {{ exact_integer('source."PaymentEndOfMonths"') }} as payment_end_of_months,
        {{ exact_text('source."PaymentMethod"') }} as payment_method,
        {{ exact_numeric('source."Percentage"') }} as percentage,
        {{ exact_text('source."VATCalculation"') }} as vat_calculation,

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
