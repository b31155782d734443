{{
    config(
        materialized='incremental',
        incremental_strategy='merge_and_number',
        unique_key=['administration_id', 'payment_term_id'],
        numbered_by=['administration_id'],
        on_schema_change='fail',
        pre_hook="{{ note_ended_loads(source('exact_ops', 'loads')) }}",
        post_hook=[
            "{{ remove_purged(source('exact_raw', 'payment_terms')) }}",
            "{{ number_all_states() }}",
            "{{ settle_loads() }}",
            "{{ index_incomplete_terms() }}",
            "{{ analyze_what_changed() }}",
        ],
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
    from {{ source('exact_raw', 'payment_terms') }} as raw
    -- one parse per payload
    cross join
        lateral json_to_record(raw.payload) as fields (
            "Account" text, "AccountBankAccountID" text, "AccountBankAccountNumber" text,
            "AccountCode" text, "AccountContact" text, "AccountContactName" text, "AccountCountry" text,
            "AccountName" text, "AmountDC" text, "AmountDiscountDC" text, "AmountDiscountFC" text,
            "AmountFC" text, "ApprovalStatus" text, "BankAccountID" text, "BankAccountNumber" text,
            "CashflowTransactionBatchCode" text, "Created" text, "Creator" text, "CreatorFullName" text,
            "Currency" text, "Description" text, "DirectDebitMandate" text,
            "DirectDebitMandateDescription" text, "DirectDebitMandatePaymentType" text,
            "DirectDebitMandateReference" text, "DirectDebitMandateType" text, "DiscountDueDate" text,
            "Division" text, "Document" text, "DocumentNumber" text, "DocumentSubject" text, "DueDate" text,
            "EndDate" text, "EndPeriod" text, "EndToEndID" text, "EndYear" text, "EntryDate" text,
            "EntryID" text, "EntryNumber" text, "GLAccount" text, "GLAccountCode" text,
            "GLAccountDescription" text, "InvoiceDate" text, "InvoiceNumber" text, "IsBatchBooking" text,
            "IsFullyPaid" text, "Journal" text, "JournalDescription" text, "LastPaymentDate" text,
            "LineType" text, "Modified" text, "Modifier" text, "ModifierFullName" text, "OrderNumber" text,
            "PaymentBatchNumber" text, "PaymentCondition" text, "PaymentConditionDescription" text,
            "PaymentDays" text, "PaymentDaysDiscount" text, "PaymentDiscountPercentage" text,
            "PaymentInformationID" text, "PaymentMethod" text, "PaymentReference" text,
            "PaymentSelected" text, "PaymentSelector" text, "PaymentSelectorFullName" text, "RateFC" text,
            "ReceivableBatchNumber" text, "ReceivableSelected" text, "ReceivableSelector" text,
            "ReceivableSelectorFullName" text, "Source" text, "Status" text, "TransactionAmountDC" text,
            "TransactionAmountFC" text, "TransactionDueDate" text, "TransactionEntryID" text,
            "TransactionID" text, "TransactionIsReversal" text, "TransactionReportingPeriod" text,
            "TransactionReportingYear" text, "TransactionStatus" text, "TransactionType" text,
            "YourRef" text
        )
    {% if is_incremental() %}
    where {{ is_new_or_changed(this, 'payment_term_id') }}
    {% endif %}

),

renamed as (

    select
        source.administration_id,
        source.id::uuid as payment_term_id,

        -- ids and codes that refer to another table
        {{ exact_guid('source."Account"') }} as relation_id,
        {{ exact_guid('source."AccountBankAccountID"') }} as relation_bank_account_id,
        {{ exact_guid('source."AccountContact"') }} as relation_contact_id,
        {{ exact_guid('source."BankAccountID"') }} as bank_account_id,
        {{ exact_guid('source."Creator"') }} as creator_id,
        {{ exact_guid('source."DirectDebitMandate"') }} as direct_debit_mandate_id,
        {{ exact_integer('source."Division"') }} as division_code,
        {{ exact_guid('source."Document"') }} as document_id,
        {{ exact_guid('source."EntryID"') }} as entry_id,
        {{ exact_guid('source."GLAccount"') }} as gl_account_id,
        {{ exact_text('source."Journal"') }} as journal_code,
        {{ exact_guid('source."Modifier"') }} as modifier_id,
        {{ exact_guid('source."PaymentSelector"') }} as payment_selector_id,
        {{ exact_guid('source."ReceivableSelector"') }} as receivable_selector_id,
        {{ exact_guid('source."TransactionEntryID"') }} as transaction_entry_id,
        {{ exact_guid('source."TransactionID"') }} as transaction_line_id,

        -- attributes
        {{ exact_text('source."AccountBankAccountNumber"') }} as relation_bank_account_number,
        {{ exact_text('source."AccountCode"') }} as relation_code,
        {{ exact_text('source."AccountContactName"') }} as relation_contact_name,
        {{ exact_text('source."AccountCountry"') }} as relation_country_code,
        {{ exact_text('source."AccountName"') }} as relation_name,
        {{ exact_integer('source."ApprovalStatus"') }} as approval_status,
        {{ exact_text('source."BankAccountNumber"') }} as bank_account_number,
        {{ exact_text('source."CashflowTransactionBatchCode"') }} as cashflow_batch_code,
        {{ exact_text('source."CreatorFullName"') }} as creator_name,
        {{ exact_text('source."Currency"') }} as currency_code,
        {{ exact_text('source."Description"') }} as description,
        {{ exact_text('source."DirectDebitMandateDescription"') }} as direct_debit_mandate_name,
        {{ exact_integer('source."DirectDebitMandatePaymentType"') }} as direct_debit_mandate_payment_type,
        {{ exact_text('source."DirectDebitMandateReference"') }} as direct_debit_mandate_reference,
        {{ exact_integer('source."DirectDebitMandateType"') }} as direct_debit_mandate_type,
        {{ exact_date('source."DiscountDueDate"') }} as discount_due_date,
        {{ exact_integer('source."DocumentNumber"') }} as document_number,
        {{ exact_text('source."DocumentSubject"') }} as document_subject,
        {{ exact_date('source."DueDate"') }} as due_date,
        {{ exact_date('source."EndDate"') }} as end_date,
        {{ exact_integer('source."EndPeriod"') }} as end_fiscal_period,
        {{ exact_text('source."EndToEndID"') }} as end_to_end_reference,
        {{ exact_integer('source."EndYear"') }} as end_fiscal_year,
        {{ exact_date('source."EntryDate"') }} as entry_date,
        {{ exact_integer('source."EntryNumber"') }} as entry_number,
        {{ exact_text('source."GLAccountCode"') }} as gl_account_code,
        {{ exact_text('source."GLAccountDescription"') }} as gl_account_name,
        {{ exact_date('source."InvoiceDate"') }} as invoice_date,
        {{ exact_integer('source."InvoiceNumber"') }} as invoice_number,
        {{ exact_text('source."JournalDescription"') }} as journal_name,
        {{ exact_date('source."LastPaymentDate"') }} as last_payment_date,
        {{ exact_integer('source."LineType"') }} as line_type,
        {{ exact_text('source."ModifierFullName"') }} as modifier_name,
        {{ exact_integer('source."OrderNumber"') }} as order_number,
        {{ exact_integer('source."PaymentBatchNumber"') }} as payment_batch_number,
        {{ exact_text('source."PaymentCondition"') }} as payment_condition_code,
        {{ exact_text('source."PaymentConditionDescription"') }} as payment_condition_name,
        {{ exact_integer('source."PaymentDays"') }} as payment_days,
        {{ exact_integer('source."PaymentDaysDiscount"') }} as payment_discount_days,
        {{ exact_numeric('source."PaymentDiscountPercentage"') }} as payment_discount_percentage,
        {{ exact_text('source."PaymentInformationID"') }} as payment_information_reference,
        {{ exact_text('source."PaymentMethod"') }} as payment_method,
        {{ exact_text('source."PaymentReference"') }} as payment_reference,
        {{ exact_text('source."PaymentSelectorFullName"') }} as payment_selector_name,
        {{ exact_numeric('source."RateFC"') }} as exchange_rate,
        {{ exact_integer('source."ReceivableBatchNumber"') }} as receivable_batch_number,
        {{ exact_text('source."ReceivableSelectorFullName"') }} as receivable_selector_name,
        {{ exact_integer('source."Source"') }} as source_code,
        {{ exact_integer('source."Status"') }} as payment_term_status,
        {{ exact_date('source."TransactionDueDate"') }} as transaction_due_date,
        {{ exact_integer('source."TransactionReportingPeriod"') }} as transaction_fiscal_period,
        {{ exact_integer('source."TransactionReportingYear"') }} as transaction_fiscal_year,
        {{ exact_integer('source."TransactionStatus"') }} as transaction_status,
        {{ exact_integer('source."TransactionType"') }} as transaction_type,
        {{ exact_text('source."YourRef"') }} as your_ref,

        -- amounts
        {{ exact_amount('source."AmountDC"') }} as amount,
        {{ exact_amount('source."AmountDiscountDC"') }} as discount_amount,
        {{ exact_amount('source."AmountDiscountFC"') }} as discount_amount_fc,
        {{ exact_amount('source."AmountFC"') }} as amount_fc,
        {{ exact_amount('source."TransactionAmountDC"') }} as transaction_amount,
        {{ exact_amount('source."TransactionAmountFC"') }} as transaction_amount_fc,

        -- flags
        {{ exact_boolean('source."IsBatchBooking"') }} as is_batch_booking,
        {{ exact_boolean('source."IsFullyPaid"') }} as is_fully_paid,
        {{ exact_boolean('source."TransactionIsReversal"') }} as is_transaction_reversal,

        -- timestamps, local wall time
        {{ exact_local_timestamp('source."Created"') }} as created_local_at,
        {{ exact_local_timestamp('source."Modified"') }} as modified_local_at,
        {{ exact_local_timestamp('source."PaymentSelected"') }} as payment_selected_local_at,
        {{ exact_local_timestamp('source."ReceivableSelected"') }} as receivable_selected_local_at,

        -- metadata
        source.deleted_at is not null as is_deleted,
        source.sync_timestamp as _sync_timestamp,
        source.loaded_at as _loaded_at,
        source.load_id as _load_id
    from source

)

select * from renamed
