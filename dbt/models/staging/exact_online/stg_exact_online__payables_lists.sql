with source as (

    select
        raw.administration_id,
        raw.id,
        raw.sync_timestamp,
        raw.loaded_at,
        raw.load_id,
        raw.deleted_at,
        fields.*
    from {{ source('exact_raw', 'payables_lists') }} as raw
    -- one parse per payload
    cross join lateral json_to_record(raw.payload) as fields (
        "HID" text, "AccountCode" text, "AccountId" text, "AccountName" text, "Amount" text,
        "AmountInTransit" text, "ApprovalStatus" text, "CurrencyCode" text, "Description" text,
        "DueDate" text, "EntryNumber" text, "InvoiceDate" text, "InvoiceNumber" text,
        "JournalCode" text, "JournalDescription" text, "YourRef" text
    )

),

renamed as (

    select
        source.administration_id,
        {{ exact_bigint('source."HID"') }} as item_number,

        -- ids and codes that refer to another table
        {{ exact_guid('source."AccountId"') }} as relation_id,
        {{ exact_text('source."JournalCode"') }} as journal_code,

        -- attributes
        {{ exact_text('source."AccountCode"') }} as relation_code,
        {{ exact_text('source."AccountName"') }} as relation_name,
        {{ exact_integer('source."ApprovalStatus"') }} as approval_status,
        {{ exact_text('source."CurrencyCode"') }} as currency_code,
        {{ exact_text('source."Description"') }} as description,
        {{ exact_date('source."DueDate"') }} as due_date,
        {{ exact_integer('source."EntryNumber"') }} as entry_number,
        {{ exact_date('source."InvoiceDate"') }} as invoice_date,
        {{ exact_integer('source."InvoiceNumber"') }} as invoice_number,
        {{ exact_text('source."JournalDescription"') }} as journal_name,
        {{ exact_text('source."YourRef"') }} as your_ref,

        -- amounts
        {{ exact_amount('source."Amount"') }} as amount,
        {{ exact_amount('source."AmountInTransit"') }} as in_transit_amount,

        -- metadata
        source.deleted_at is not null as is_deleted,
        source.sync_timestamp as _sync_timestamp,
        source.loaded_at as _loaded_at,
        source.load_id as _load_id
    from source

)

select * from renamed
