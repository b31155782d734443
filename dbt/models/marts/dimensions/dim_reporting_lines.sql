with administrations as (

    select * from {{ ref('stg_exact_ops__administrations') }}

),

reporting_lines as (

    select * from {{ ref('reporting_lines') }}

),

final as (

    select
        administrations.administration_id,
        reporting_lines.reporting_line_code,
        reporting_lines.parent_code,
        reporting_lines.statement,
        reporting_lines.side,
        reporting_lines.sort_order,
        reporting_lines.sign,
        reporting_lines.cash_flow_line_code,
        reporting_lines.name_nl,
        reporting_lines.name_en,
        reporting_lines.name_fr
    from administrations
    cross join reporting_lines

)

select * from final
