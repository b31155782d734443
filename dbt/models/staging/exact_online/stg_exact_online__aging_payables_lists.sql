with source as (

    select
        raw.administration_id,
        raw.id,
        raw.sync_timestamp,
        raw.loaded_at,
        raw.load_id,
        raw.deleted_at,
        fields.*
    from {{ source('exact_raw', 'aging_payables_lists') }} as raw
    -- one parse per payload
    cross join lateral json_to_record(raw.payload) as fields (
        "AccountId" text, "AccountCode" text, "AccountName" text, "AgeGroup1" text,
        "AgeGroup1Amount" text, "AgeGroup1Description" text, "AgeGroup2" text, "AgeGroup2Amount" text,
        "AgeGroup2Description" text, "AgeGroup3" text, "AgeGroup3Amount" text,
        "AgeGroup3Description" text, "AgeGroup4" text, "AgeGroup4Amount" text,
        "AgeGroup4Description" text, "CurrencyCode" text, "TotalAmount" text
    )

),

renamed as (

    select
        source.administration_id,
        {{ exact_guid('source."AccountId"') }} as relation_id,

        -- attributes
        {{ exact_text('source."AccountCode"') }} as relation_code,
        {{ exact_text('source."AccountName"') }} as relation_name,
        {{ exact_integer('source."AgeGroup1"') }} as age_group_1,
        {{ exact_text('source."AgeGroup1Description"') }} as age_group1_name,
        {{ exact_integer('source."AgeGroup2"') }} as age_group_2,
        {{ exact_text('source."AgeGroup2Description"') }} as age_group2_name,
        {{ exact_integer('source."AgeGroup3"') }} as age_group_3,
        {{ exact_text('source."AgeGroup3Description"') }} as age_group3_name,
        {{ exact_integer('source."AgeGroup4"') }} as age_group_4,
        {{ exact_text('source."AgeGroup4Description"') }} as age_group4_name,
        {{ exact_text('source."CurrencyCode"') }} as currency_code,

        -- amounts
        {{ exact_amount('source."AgeGroup1Amount"') }} as age_group1_amount,
        {{ exact_amount('source."AgeGroup2Amount"') }} as age_group2_amount,
        {{ exact_amount('source."AgeGroup3Amount"') }} as age_group3_amount,
        {{ exact_amount('source."AgeGroup4Amount"') }} as age_group4_amount,
        {{ exact_amount('source."TotalAmount"') }} as total_amount,

        -- metadata
        source.deleted_at is not null as is_deleted,
        source.sync_timestamp as _sync_timestamp,
        source.loaded_at as _loaded_at,
        source.load_id as _load_id
    from source

)

select * from renamed
