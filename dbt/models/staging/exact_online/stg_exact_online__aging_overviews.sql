with source as (

    select
        raw.administration_id,
        raw.id,
        raw.sync_timestamp,
        raw.loaded_at,
        raw.load_id,
        raw.deleted_at,
        fields.*
    from {{ source('exact_raw', 'aging_overviews') }} as raw
    -- one parse per payload
    cross join lateral json_to_record(raw.payload) as fields (
        "AgeGroup" text, "AgeGroupDescription" text, "AmountPayable" text, "AmountReceivable" text,
        "CurrencyCode" text
    )

),

renamed as (

    select
        source.administration_id,
        {{ exact_integer('source."AgeGroup"') }} as age_group,

        -- attributes
        {{ exact_text('source."AgeGroupDescription"') }} as age_group_name,
        {{ exact_text('source."CurrencyCode"') }} as currency_code,

        -- amounts
        {{ exact_amount('source."AmountPayable"') }} as amount_payable,
        {{ exact_amount('source."AmountReceivable"') }} as amount_receivable,

        -- metadata
        source.deleted_at is not null as is_deleted,
        source.sync_timestamp as _sync_timestamp,
        source.loaded_at as _loaded_at,
        source.load_id as _load_id
    from source

)

select * from renamed
