with lines as (

    select * from {{ ref('fct_gl_transaction_lines') }}
    where posting_class = 'normal'

),

accounts as (

    select * from {{ ref('dim_gl_accounts') }}
    where statement = 'profit_and_loss'

),

projects as (

    select * from {{ ref('dim_projects') }}

),

result_lines as (

    select
        lines.administration_id,
        lines.fiscal_year,
        lines.fiscal_period,
        lines.reporting_line_code,
        lines.cost_center_code,
        lines.cost_unit_code,
        projects.project_code,
        lines.amount
    from lines
    inner join accounts
        on lines.administration_id = accounts.administration_id and lines.gl_account_id = accounts.gl_account_id
    inner join projects
        on lines.administration_id = projects.administration_id and lines.project_id = projects.project_id

),

-- each axis holds the whole result: what does not use it stands on its "not used" member
final as (

    select
        result_lines.administration_id,
        axes.axis,
        axes.axis_code,
        result_lines.fiscal_year,
        result_lines.fiscal_period,
        result_lines.reporting_line_code,
        sum(result_lines.amount)::numeric(18, 2) as amount,
        (-sum(result_lines.amount))::numeric(18, 2) as report_amount
    from result_lines
    cross join
        lateral (
            values
            ('cost_center', result_lines.cost_center_code),
            ('cost_unit', result_lines.cost_unit_code),
            ('project', result_lines.project_code)
        ) as axes (axis, axis_code)
    group by
        result_lines.administration_id,
        axes.axis,
        axes.axis_code,
        result_lines.fiscal_year,
        result_lines.fiscal_period,
        result_lines.reporting_line_code

)

select * from final
