with source as (

    select
        raw.administration_id,
        raw.id,
        raw.sync_timestamp,
        raw.loaded_at,
        raw.load_id,
        raw.deleted_at,
        fields.*
    from {{ source('exact_raw', 'opening_balances_previous_year_processed') }} as raw
    -- one parse per payload
    cross join lateral json_to_record(raw.payload) as fields (
        "Division" text, "GLAccount" text, "ReportingYear" text, "Amount" text, "BalanceSide" text,
        "GLAccountCode" text, "GLAccountDescription" text
    )

),

renamed as (

    select
        source.administration_id,
        {{ exact_guid('source."GLAccount"') }} as gl_account_id,
        {{ exact_integer('source."ReportingYear"') }} as fiscal_year,

        -- ids and codes that refer to another table
        {{ exact_integer('source."Division"') }} as division_code,

        -- attributes
        {{ exact_text('source."BalanceSide"') }} as balance_side,
        {{ exact_text('source."GLAccountCode"') }} as gl_account_code,
        {{ exact_text('source."GLAccountDescription"') }} as gl_account_name,

        -- amounts
        {{ exact_amount('source."Amount"') }} as amount,

        -- metadata
        source.deleted_at is not null as is_deleted,
        source.sync_timestamp as _sync_timestamp,
        source.loaded_at as _loaded_at,
        source.load_id as _load_id
    from source

)

select * from renamed
