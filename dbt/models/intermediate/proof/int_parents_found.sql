{# Findings about master data: accounts no rule maps, parents Exact did not deliver, overrides that reach nothing. #}
with administrations as (

    select * from {{ ref('stg_exact_ops__administrations') }}

),

coverage as (

    select * from {{ ref('rpt_account_mapping_coverage') }}

),

overrides as (

    select * from {{ ref('int_account_overrides_collected') }}

),

accounts as (

    select * from {{ ref('dim_gl_accounts') }}

),

codes as (

    select distinct
        administration_id,
        account_code
    from accounts

),

members as (

    select administration_id from {{ ref('dim_gl_accounts') }}
    where is_inferred
    union all
    select administration_id from {{ ref('dim_relations') }}
    where is_inferred
    union all
    select administration_id from {{ ref('dim_journals') }}
    where is_inferred
    union all
    select administration_id from {{ ref('dim_cost_centers') }}
    where is_inferred
    union all
    select administration_id from {{ ref('dim_cost_units') }}
    where is_inferred
    union all
    select administration_id from {{ ref('dim_projects') }}
    where is_inferred
    union all
    select administration_id from {{ ref('dim_fixed_assets') }}
    where is_inferred

),

unmapped as (

    select
        administration_id,
        sum(abs(balance_amount)) as amount,
        count(*) as account_count
    from coverage
    where is_unmapped and (balance_amount <> 0 or movement_amount <> 0)
    group by administration_id

),

inferred as (

    select
        administration_id,
        count(*) as member_count
    from members
    group by administration_id

),

-- an account that is not there (any more), a line that is none, half an axis, days that end before they begin
ineffective as (

    select
        administrations.administration_id,
        count(*) as override_count
    from administrations
    inner join overrides
        on
            administrations.environment = overrides.environment
            and administrations.division_code = overrides.division_code
    left join codes
        on
            administrations.administration_id = codes.administration_id
            and overrides.account_code = codes.account_code
    where codes.account_code is null or not overrides.has_reporting_line or overrides.valid_from > overrides.valid_to
    group by administrations.administration_id

),

findings as (

    select
        administrations.administration_id,
        checks.check_name,
        checks.item,
        checks.amount,
        checks.finding_count,
        checks.reason
    from administrations
    left join unmapped
        on administrations.administration_id = unmapped.administration_id
    left join inferred
        on administrations.administration_id = inferred.administration_id
    left join ineffective
        on administrations.administration_id = ineffective.administration_id
    cross join lateral (
        values
        (
            'unmapped_accounts',
            'accounts',
            coalesce(unmapped.amount, 0),
            coalesce(unmapped.account_count, 0),
            'accounts with lines that no rule maps to a reporting line'
        ),
        (
            'inferred_parents',
            'members',
            null::numeric,
            coalesce(inferred.member_count, 0),
            'lines name accounts, relations, assets or axis values that Exact did not deliver'
        ),
        (
            'ineffective_overrides',
            'overrides',
            null,
            coalesce(ineffective.override_count, 0),
            'manual mappings name an account or a line that does not exist, half an axis, or days that end too early'
        )
    ) as checks (check_name, item, amount, finding_count, reason)

),

final as (

    select
        administration_id,
        check_name,
        item,
        null::integer as fiscal_year,
        null::integer as fiscal_period,
        null::uuid as gl_account_id,
        null::date as as_of_date,
        null::text as currency_code,
        case when amount is not null then 0::numeric end as exact_amount,
        amount as mart_amount,
        0::bigint as exact_count,
        finding_count as mart_count,
        finding_count = 0 as is_ok,
        case when finding_count > 0 then reason end as reason
    from findings

)

select * from final
