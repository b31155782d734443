{{
    config(
        materialized='incremental',
        incremental_strategy='merge',
        unique_key=['administration_id', 'reporting_balance_id'],
        on_schema_change='fail',
        pre_hook="{{ note_ended_loads(source('exact_ops', 'loads')) }}",
        post_hook=[
            "{{ remove_purged(source('exact_raw', 'reporting_balances')) }}",
            "{{ settle_loads() }}",
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
    from {{ source('exact_raw', 'reporting_balances') }} as raw
    -- one parse per payload
    cross join
        lateral json_to_record(raw.payload) as fields (
            "Amount" text, "AmountCredit" text, "AmountDebit" text, "BalanceType" text,
            "CostCenterCode" text, "CostCenterDescription" text, "CostUnitCode" text,
            "CostUnitDescription" text, "Count" text, "Division" text, "GLAccount" text,
            "GLAccountCode" text, "GLAccountDescription" text, "ReportingPeriod" text, "ReportingYear" text,
            "Status" text, "Type" text
        )
    {% if is_incremental() %}
    where {{ is_new_or_changed(this, 'reporting_balance_id', 'text') }}
    {% endif %}

),

renamed as (

    select
        source.administration_id,
        source.id as reporting_balance_id,

        -- ids and codes that refer to another table
        {{ exact_text('source."CostCenterCode"') }} as cost_center_code,
        {{ exact_text('source."CostUnitCode"') }} as cost_unit_code,
        {{ exact_integer('source."Division"') }} as division_code,
        {{ exact_guid('source."GLAccount"') }} as gl_account_id,
        {{ exact_integer('source."ReportingPeriod"') }} as fiscal_period,
        {{ exact_integer('source."ReportingYear"') }} as fiscal_year,

        -- attributes
        {{ exact_text('source."BalanceType"') }} as balance_type,
        {{ exact_text('source."CostCenterDescription"') }} as cost_center_name,
        {{ exact_text('source."CostUnitDescription"') }} as cost_unit_name,
        {{ exact_integer('source."Count"') }} as line_count,
        {{ exact_text('source."GLAccountCode"') }} as gl_account_code,
        {{ exact_text('source."GLAccountDescription"') }} as gl_account_name,
        {{ exact_integer('source."Status"') }} as status,
        {{ exact_integer('source."Type"') }} as transaction_type,

        -- amounts
        {{ exact_amount('source."Amount"') }} as amount,
        {{ exact_amount('source."AmountCredit"') }} as credit_amount,
        {{ exact_amount('source."AmountDebit"') }} as debit_amount,

        -- metadata
        source.deleted_at is not null as is_deleted,
        source.sync_timestamp as _sync_timestamp,
        source.loaded_at as _loaded_at,
        source.load_id as _load_id
    from source

)

select * from renamed
