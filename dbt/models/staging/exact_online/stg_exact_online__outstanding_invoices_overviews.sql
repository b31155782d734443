with source as (

    select
        raw.administration_id,
        raw.id,
        raw.sync_timestamp,
        raw.loaded_at,
        raw.load_id,
        raw.deleted_at,
        fields.*
    from {{ source('exact_raw', 'outstanding_invoices_overviews') }} as raw
    -- one parse per payload
    cross join lateral json_to_record(raw.payload) as fields (
        "CurrencyCode" text, "OutstandingPayableInvoiceAmount" text,
        "OutstandingPayableInvoiceCount" text, "OutstandingReceivableInvoiceAmount" text,
        "OutstandingReceivableInvoiceCount" text, "OverduePayableInvoiceAmount" text,
        "OverduePayableInvoiceCount" text, "OverdueReceivableInvoiceAmount" text,
        "OverdueReceivableInvoiceCount" text
    )

),

renamed as (

    select
        source.administration_id,
        {{ exact_text('source."CurrencyCode"') }} as currency_code,

        -- attributes
        {{ exact_numeric('source."OutstandingPayableInvoiceCount"') }} as outstanding_payable_invoice_count,
        {{ exact_numeric('source."OutstandingReceivableInvoiceCount"') }} as outstanding_receivable_invoice_count,
        {{ exact_numeric('source."OverduePayableInvoiceCount"') }} as overdue_payable_invoice_count,
        {{ exact_numeric('source."OverdueReceivableInvoiceCount"') }} as overdue_receivable_invoice_count,

        -- amounts
        {{ exact_amount('source."OutstandingPayableInvoiceAmount"') }} as outstanding_payable_invoice_amount,
        {{ exact_amount('source."OutstandingReceivableInvoiceAmount"') }} as outstanding_receivable_invoice_amount,
        {{ exact_amount('source."OverduePayableInvoiceAmount"') }} as overdue_payable_invoice_amount,
        {{ exact_amount('source."OverdueReceivableInvoiceAmount"') }} as overdue_receivable_invoice_amount,

        -- metadata
        source.deleted_at is not null as is_deleted,
        source.sync_timestamp as _sync_timestamp,
        source.loaded_at as _loaded_at,
        source.load_id as _load_id
    from source

)

select * from renamed
