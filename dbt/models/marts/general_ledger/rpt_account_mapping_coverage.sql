{{ config(post_hook='{{ warn_of_unmapped_accounts() }}') }}

with accounts as (

    select * from {{ ref('dim_gl_accounts') }}

),

mappings as (

    select * from {{ ref('map_gl_accounts') }}

),

reporting_lines as (

    select * from {{ ref('dim_reporting_lines') }}

),

balances as (

    select * from {{ ref('fct_gl_balances') }}

),

-- what an account holds at the end of the books, and everything that ever moved on it
amounts as (

    select
        administration_id,
        gl_account_id,
        (array_agg(closing_amount order by fiscal_year desc, fiscal_period desc))[1] as balance_amount,
        sum(debit_amount + credit_amount) as movement_amount
    from balances
    group by administration_id, gl_account_id

),

-- ambiguous: two codes of one scheme, two overrides at once, or a line of the other statement
doubts as (

    select
        mappings.administration_id,
        mappings.gl_account_id,
        bool_or(mappings.is_ambiguous or reporting_lines.statement <> accounts.statement) as is_ambiguous
    from mappings
    inner join accounts
        on
            mappings.administration_id = accounts.administration_id
            and mappings.gl_account_id = accounts.gl_account_id
    inner join reporting_lines
        on
            mappings.administration_id = reporting_lines.administration_id
            and mappings.reporting_line_code = reporting_lines.reporting_line_code
            and reporting_lines.statement <> 'unmapped'
    group by mappings.administration_id, mappings.gl_account_id

),

final as (

    select
        accounts.administration_id,
        accounts.gl_account_id,
        accounts.account_code,
        accounts.mapping_rule,
        coalesce(amounts.balance_amount, 0)::numeric(18, 2) as balance_amount,
        coalesce(amounts.movement_amount, 0)::numeric(18, 2) as movement_amount,
        accounts.mapping_rule = 'unmapped' as is_unmapped,
        coalesce(doubts.is_ambiguous, false) as is_ambiguous,
        row_number() over (
            partition by accounts.administration_id
            order by
                (accounts.mapping_rule = 'unmapped') desc,
                coalesce(doubts.is_ambiguous, false) desc,
                abs(coalesce(amounts.balance_amount, 0)) + coalesce(amounts.movement_amount, 0) desc,
                accounts.account_code,
                accounts.gl_account_id asc
        )::integer as rank
    from accounts
    left join amounts
        on accounts.administration_id = amounts.administration_id and accounts.gl_account_id = amounts.gl_account_id
    left join doubts
        on accounts.administration_id = doubts.administration_id and accounts.gl_account_id = doubts.gl_account_id

)

select * from final
