-- Guards: the year-to-date figure at the last period of a year is the sum of the year's periods.
select
    administration_id,
    fiscal_year,
    gl_account_id,
    reporting_line_code,
    sum(report_amount) as year_amount,
    (array_agg(ytd_report_amount order by fiscal_period desc))[1] as ytd_report_amount
from {{ ref('rpt_profit_and_loss') }}
group by administration_id, fiscal_year, gl_account_id, reporting_line_code
having sum(report_amount) <> (array_agg(ytd_report_amount order by fiscal_period desc))[1]
