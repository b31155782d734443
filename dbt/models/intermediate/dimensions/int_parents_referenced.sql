{{
    config(
        materialized='incremental',
        incremental_strategy='replace_partitions',
        unique_key=['administration_id', 'fiscal_year', 'fiscal_period'],
        on_schema_change='append_new_columns',
        pre_hook="{{ plan_partitions(ref('int_ledger_periods_fingerprinted')) }}",
        post_hook="{{ analyze_what_changed() }}",
    )
}}

with lines as (

    select * from {{ ref('int_ledger_lines_classified') }}
    where true {{ only_due() }}

),

-- one row per name a parent goes by in a period
named as (

    select
        lines.administration_id,
        lines.fiscal_year,
        lines.fiscal_period,
        parents.parent_kind,
        parents.parent_key,
        parents.parent_code,
        parents.parent_name,
        max(lines.entry_date) as last_entry_date
    from lines
    cross join
        lateral (
            values
            ('gl_account', lines.gl_account_id::text, lines.gl_account_code, lines.gl_account_name),
            ('relation', lines.relation_id::text, lines.relation_code, lines.relation_name),
            ('journal', lines.journal_code, lines.journal_code, lines.journal_name),
            ('cost_center', lines.cost_center_code, lines.cost_center_code, lines.cost_center_name),
            ('cost_unit', lines.cost_unit_code, lines.cost_unit_code, lines.cost_unit_name),
            ('project', lines.project_id::text, lines.project_code, lines.project_name),
            ('asset', lines.asset_id::text, lines.asset_code, lines.asset_description)
        ) as parents (parent_kind, parent_key, parent_code, parent_name)
    where
        parents.parent_key is not null
        -- an account is wanted for the lines that have none, every other kind has its own "not used" member
        and (
            parents.parent_kind = 'gl_account'
            or parents.parent_key not in ({{ not_used_code() }}, {{ not_used_id() }}::text)
        )
    group by
        lines.administration_id,
        lines.fiscal_year,
        lines.fiscal_period,
        parents.parent_kind,
        parents.parent_key,
        parents.parent_code,
        parents.parent_name

),

-- the last one counts
final as (

    select distinct on (administration_id, fiscal_year, fiscal_period, parent_kind, parent_key)
        administration_id,
        fiscal_year,
        fiscal_period,
        parent_kind,
        parent_key,
        parent_code,
        parent_name,
        last_entry_date
    from named
    order by
        administration_id asc,
        fiscal_year asc,
        fiscal_period asc,
        parent_kind asc,
        parent_key asc,
        last_entry_date desc nulls last,
        parent_code asc,
        parent_name asc

)

select * from final
