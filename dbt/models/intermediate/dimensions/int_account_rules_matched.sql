{{ config(materialized='table', post_hook='analyze {{ this }}') }}

with accounts as (

    select * from {{ ref('int_gl_accounts_completed') }}

),

rgs as (

    select * from {{ ref('int_accounts_matched_to_rgs') }}

),

mar_prefixes as (

    select * from {{ ref('mar_reporting_lines') }}

),

account_types as (

    select * from {{ ref('account_types') }}

),

reporting_lines as (

    select * from {{ ref('reporting_lines') }}

),

-- the Belgian chart is prescribed: the account number says where it belongs, the longest prefix first
mar as (

    select distinct on (accounts.administration_id, accounts.gl_account_id)
        accounts.administration_id,
        accounts.gl_account_id,
        mar_prefixes.reporting_line_code
    from accounts
    inner join mar_prefixes
        on starts_with(accounts.account_code, mar_prefixes.mar_prefix)
    where accounts.country_code = 'BE'
    order by accounts.administration_id, accounts.gl_account_id, length(mar_prefixes.mar_prefix) desc

),

-- a type that fits both statements (General) says nothing about the other one
types as (

    select
        accounts.administration_id,
        accounts.gl_account_id,
        reporting_lines.reporting_line_code
    from accounts
    inner join account_types
        on accounts.account_type = account_types.account_type
    inner join reporting_lines
        on
            case
                when accounts.balance_side = 'credit' then account_types.credit_reporting_line_code
                else account_types.debit_reporting_line_code
            end = reporting_lines.reporting_line_code
            and accounts.statement = reporting_lines.statement

),

final as (

    select
        accounts.administration_id,
        accounts.gl_account_id,
        accounts.account_code,
        accounts.environment,
        accounts.division_code,
        coalesce(
            rgs.reporting_line_code, mar.reporting_line_code, types.reporting_line_code, 'UNMAPPED'
        ) as reporting_line_code,
        case
            when rgs.reporting_line_code is not null then 'rgs'
            when mar.reporting_line_code is not null then 'mar'
            when types.reporting_line_code is not null then 'account_type'
            else 'unmapped'
        end as mapping_rule,
        rgs.rgs_code,
        rgs.rgs_balance_side,
        rgs.flip_reporting_line_code,
        coalesce(rgs.is_ambiguous, false) as is_ambiguous
    from accounts
    left join rgs
        on accounts.administration_id = rgs.administration_id and accounts.gl_account_id = rgs.gl_account_id
    left join mar
        on accounts.administration_id = mar.administration_id and accounts.gl_account_id = mar.gl_account_id
    left join types
        on accounts.administration_id = types.administration_id and accounts.gl_account_id = types.gl_account_id

)

select * from final
