with source as (

    select
        raw.administration_id,
        raw.id,
        raw.sync_timestamp,
        raw.loaded_at,
        raw.load_id,
        raw.deleted_at,
        fields.*
    from {{ source('exact_raw', 'budgets') }} as raw
    -- one parse per payload
    cross join lateral json_to_record(raw.payload) as fields (
        "AmountDC" text, "BudgetScenario" text, "BudgetScenarioCode" text,
        "BudgetScenarioDescription" text, "Costcenter" text, "CostcenterDescription" text,
        "Costunit" text, "CostunitDescription" text, "Created" text, "Creator" text,
        "CreatorFullName" text, "Division" text, "GLAccount" text, "GLAccountCode" text,
        "GLAccountDescription" text, "HID" text, "Item" text, "ItemCode" text, "ItemDescription" text,
        "Modified" text, "Modifier" text, "ModifierFullName" text, "ReportingPeriod" text,
        "ReportingYear" text
    )

),

renamed as (

    select
        source.administration_id,
        source.id::uuid as budget_id,

        -- ids and codes that refer to another table
        {{ exact_guid('source."BudgetScenario"') }} as budget_scenario_id,
        {{ exact_text('source."Costcenter"') }} as cost_center_code,
        {{ exact_text('source."Costunit"') }} as cost_unit_code,
        {{ exact_guid('source."Creator"') }} as creator_id,
        {{ exact_integer('source."Division"') }} as division_code,
        {{ exact_guid('source."GLAccount"') }} as gl_account_id,
        {{ exact_guid('source."Item"') }} as item_id,
        {{ exact_guid('source."Modifier"') }} as modifier_id,
        {{ exact_integer('source."ReportingPeriod"') }} as fiscal_period,
        {{ exact_integer('source."ReportingYear"') }} as fiscal_year,

        -- attributes
        {{ exact_text('source."BudgetScenarioCode"') }} as budget_scenario_code,
        {{ exact_text('source."BudgetScenarioDescription"') }} as budget_scenario_name,
        {{ exact_text('source."CostcenterDescription"') }} as cost_center_name,
        {{ exact_text('source."CostunitDescription"') }} as cost_unit_name,
        {{ exact_text('source."CreatorFullName"') }} as creator_name,
        {{ exact_text('source."GLAccountCode"') }} as gl_account_code,
        {{ exact_text('source."GLAccountDescription"') }} as gl_account_name,
        {{ exact_bigint('source."HID"') }} as budget_number,
        {{ exact_text('source."ItemCode"') }} as item_code,
        {{ exact_text('source."ItemDescription"') }} as item_name,
        {{ exact_text('source."ModifierFullName"') }} as modifier_name,

        -- amounts
        {{ exact_amount('source."AmountDC"') }} as amount,

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
