with source as (

    select
        raw.administration_id,
        raw.id,
        raw.sync_timestamp,
        raw.loaded_at,
        raw.load_id,
        raw.deleted_at,
        fields.*
    from {{ source('exact_raw', 'journal_statuses') }} as raw
    -- one parse per payload
    cross join lateral json_to_record(raw.payload) as fields (
        "Journal" text, "Period" text, "Year" text, "JournalDescription" text, "JournalType" text,
        "JournalTypeDescription" text, "Status" text, "StatusDescription" text
    )

),

renamed as (

    select
        source.administration_id,
        {{ exact_text('source."Journal"') }} as journal_code,
        {{ exact_integer('source."Year"') }} as fiscal_year,
        {{ exact_integer('source."Period"') }} as fiscal_period,

        -- attributes
        {{ exact_text('source."JournalDescription"') }} as journal_name,
        {{ exact_integer('source."JournalType"') }} as journal_type,
        {{ exact_text('source."JournalTypeDescription"') }} as journal_type_name,
        {{ exact_integer('source."Status"') }} as journal_status,
        {{ exact_text('source."StatusDescription"') }} as journal_status_name,

        -- metadata
        source.deleted_at is not null as is_deleted,
        source.sync_timestamp as _sync_timestamp,
        source.loaded_at as _loaded_at,
        source.load_id as _load_id
    from source

)

select * from renamed
