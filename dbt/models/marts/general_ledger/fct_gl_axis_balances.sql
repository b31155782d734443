with lines as (

    select * from {{ ref('fct_gl_transaction_lines') }}
    where posting_class = 'normal'

),

final as (

    select
        administration_id,
        gl_account_id,
        fiscal_year,
        fiscal_period,
        cost_center_code,
        cost_unit_code,
        project_id,
        sum(amount)::numeric(18, 2) as movement_amount
    from lines
    group by
        administration_id,
        gl_account_id,
        fiscal_year,
        fiscal_period,
        cost_center_code,
        cost_unit_code,
        project_id

)

select * from final
