with lines as (

    select * from {{ ref('fct_gl_transaction_lines') }}
    where posting_class = 'normal'

),

accounts as (

    select * from {{ ref('dim_gl_accounts') }}
    where statement = 'profit_and_loss'

),

periods as (

    select * from {{ ref('dim_fiscal_periods') }}

),

-- one account can stand on several lines in a year: by its axes, or because its mapping changed
movements as (

    select
        lines.administration_id,
        lines.fiscal_year,
        lines.fiscal_period,
        lines.gl_account_id,
        lines.reporting_line_code,
        sum(lines.amount) as amount
    from lines
    inner join accounts
        on lines.administration_id = accounts.administration_id and lines.gl_account_id = accounts.gl_account_id
    group by
        lines.administration_id,
        lines.fiscal_year,
        lines.fiscal_period,
        lines.gl_account_id,
        lines.reporting_line_code

),

firsts as (

    select
        administration_id,
        fiscal_year,
        gl_account_id,
        reporting_line_code,
        min(fiscal_period) as fiscal_period
    from movements
    group by administration_id, fiscal_year, gl_account_id, reporting_line_code

),

-- from the first movement of a year to its last period, so that year-to-date figures exist in quiet periods
filled as (

    select
        firsts.administration_id,
        firsts.fiscal_year,
        periods.fiscal_period,
        firsts.gl_account_id,
        firsts.reporting_line_code,
        coalesce(movements.amount, 0) as amount
    from firsts
    inner join periods
        on
            firsts.administration_id = periods.administration_id
            and firsts.fiscal_year = periods.fiscal_year
            and firsts.fiscal_period <= periods.fiscal_period
    left join movements
        on
            firsts.administration_id = movements.administration_id
            and firsts.fiscal_year = movements.fiscal_year
            and periods.fiscal_period = movements.fiscal_period
            and firsts.gl_account_id = movements.gl_account_id
            and firsts.reporting_line_code = movements.reporting_line_code

),

final as (

    select
        administration_id,
        fiscal_year,
        fiscal_period,
        gl_account_id,
        reporting_line_code,
        amount::numeric(18, 2) as amount,
        (-amount)::numeric(18, 2) as report_amount,
        (-sum(amount) over (
            partition by administration_id, fiscal_year, gl_account_id, reporting_line_code
            order by fiscal_period
        ))::numeric(18, 2) as ytd_report_amount
    from filled

)

select * from final
