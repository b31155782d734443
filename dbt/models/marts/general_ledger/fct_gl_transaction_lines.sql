{{
    config(
        materialized='incremental',
        incremental_strategy='replace_partitions',
        unique_key=['administration_id', 'fiscal_year', 'fiscal_period'],
        on_schema_change='append_new_columns',
        pre_hook="{{ plan_partitions(ref('int_mapped_periods_fingerprinted')) }}",
        indexes=[
            {'columns': ['administration_id', 'fiscal_year', 'fiscal_period']},
            {'columns': ['administration_id', 'gl_account_id']},
            {'columns': ['administration_id', 'entry_id']},
        ]
    )
}}

with lines as (

    select * from {{ ref('int_ledger_lines_classified') }}
    where posting_class <> 'budget' {{ only_due() }}

),

mappings as (

    select * from {{ ref('map_gl_accounts') }}

),

projects as (

    select * from {{ ref('dim_projects') }}

),

-- of several axes that match: project before cost unit before cost centre before the account itself
final as (

    select
        lines.administration_id,
        lines.transaction_line_id,
        lines.entry_id,
        lines.entry_number,
        lines.line_number,
        lines.journal_code,
        lines.fiscal_year,
        lines.fiscal_period,
        lines.entry_date,
        lines.gl_account_id,
        lines.relation_id,
        lines.cost_center_code,
        lines.cost_unit_code,
        lines.project_id,
        lines.asset_id,
        lines.transaction_type,
        lines.posting_class,
        lines.is_processed,
        lines.is_year_close,
        lines.amount,
        lines.amount_fc,
        lines.currency_code,
        lines.exchange_rate,
        lines.description,
        coalesce(
            project_mappings.reporting_line_code,
            cost_unit_mappings.reporting_line_code,
            cost_center_mappings.reporting_line_code,
            account_mappings.reporting_line_code,
            'UNMAPPED'
        ) as reporting_line_code
    from lines
    left join projects
        on lines.administration_id = projects.administration_id and lines.project_id = projects.project_id
    left join mappings as account_mappings
        on
            lines.administration_id = account_mappings.administration_id
            and lines.gl_account_id = account_mappings.gl_account_id
            and account_mappings.axis = 'none'
            and lines.entry_date between account_mappings.valid_from and account_mappings.valid_to
    left join mappings as cost_center_mappings
        on
            lines.administration_id = cost_center_mappings.administration_id
            and lines.gl_account_id = cost_center_mappings.gl_account_id
            and cost_center_mappings.axis = 'cost_center'
            and lines.cost_center_code = cost_center_mappings.axis_code
            and lines.entry_date between cost_center_mappings.valid_from and cost_center_mappings.valid_to
    left join mappings as cost_unit_mappings
        on
            lines.administration_id = cost_unit_mappings.administration_id
            and lines.gl_account_id = cost_unit_mappings.gl_account_id
            and cost_unit_mappings.axis = 'cost_unit'
            and lines.cost_unit_code = cost_unit_mappings.axis_code
            and lines.entry_date between cost_unit_mappings.valid_from and cost_unit_mappings.valid_to
    left join mappings as project_mappings
        on
            lines.administration_id = project_mappings.administration_id
            and lines.gl_account_id = project_mappings.gl_account_id
            and project_mappings.axis = 'project'
            and projects.project_code = project_mappings.axis_code
            and lines.entry_date between project_mappings.valid_from and project_mappings.valid_to

)

select * from final
