{# No CTEs: only then does PostgreSQL fold a view into the query that reads it, and use the indexes below it. #}
select
    lines.administration_id,
    lines.transaction_line_id,
    lines.entry_id,
    lines.entry_number,
    lines.line_number,
    coalesce(lines.journal_code, {{ not_used_code() }}) as journal_code,
    lines.journal_name,
    lines.fiscal_year,
    lines.fiscal_period,
    lines.entry_date,
    coalesce(lines.gl_account_id, {{ not_used_id() }}) as gl_account_id,
    lines.gl_account_code,
    lines.gl_account_name,
    coalesce(lines.relation_id, {{ not_used_id() }}) as relation_id,
    lines.relation_code,
    lines.relation_name,
    coalesce(lines.cost_center_code, {{ not_used_code() }}) as cost_center_code,
    lines.cost_center_name,
    coalesce(lines.cost_unit_code, {{ not_used_code() }}) as cost_unit_code,
    lines.cost_unit_name,
    coalesce(lines.project_id, {{ not_used_id() }}) as project_id,
    lines.project_code,
    lines.project_name,
    lines.asset_id,
    lines.asset_code,
    lines.asset_description,
    lines.transaction_type,
    -- a type we do not know is an ordinary posting: Exact's documented list is older than Exact
    coalesce(transaction_types.posting_class, 'normal') as posting_class,
    lines.currency_code,
    lines.exchange_rate,
    lines.description,
    coalesce(lines.amount, 0)::numeric(18, 2) as amount,
    coalesce(lines.amount_fc, 0)::numeric(18, 2) as amount_fc,
    coalesce(lines.status = 50, false) as is_processed,
    coalesce(transaction_types.posting_class, 'normal')
    in ('result_close', 'balance_close', 'balance_open') as is_year_close,
    lines.gl_account_id is not null as has_gl_account,
    lines._loaded_at,
    lines._load_id
from {{ ref('stg_exact_online__transaction_lines') }} as lines
left join {{ ref('transaction_types') }} as transaction_types
    on lines.transaction_type = transaction_types.transaction_type
where not lines.is_deleted
