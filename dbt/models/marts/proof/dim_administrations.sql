with administrations as (

    select * from {{ ref('stg_exact_ops__administrations') }}

),

checks as (

    select * from {{ ref('rpt_reconciliation') }}

),

proofs as (

    select
        administration_id,
        bool_and(is_ok) as is_reconciled
    from checks
    group by administration_id

),

final as (

    select
        administrations.administration_id,
        administrations.environment,
        administrations.division_code,
        administrations.administration_name,
        administrations.currency_code,
        administrations.country_code,
        administrations.legislation,
        administrations.status,
        administrations.is_connected,
        coalesce(proofs.is_reconciled, false) as is_reconciled,
        administrations.last_loaded_at
    from administrations
    left join proofs
        on administrations.administration_id = proofs.administration_id

)

select * from final
