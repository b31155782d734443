with accounts as (

    select * from {{ ref('int_gl_accounts_completed') }}

),

-- the default target on the latest date: rows of one axis value do not say where the account itself belongs
mappings as (

    select * from {{ ref('map_gl_accounts') }}
    where axis = 'none' and valid_to = date '9999-12-31'

),

final as (

    select
        accounts.administration_id,
        accounts.gl_account_id,
        accounts.account_code,
        accounts.account_name,
        accounts.account_type,
        accounts.account_type_name,
        accounts.statement,
        accounts.balance_side,
        mappings.reporting_line_code,
        mappings.mapping_rule,
        accounts.is_inferred,
        accounts.is_deleted
    from accounts
    inner join mappings
        on accounts.administration_id = mappings.administration_id and accounts.gl_account_id = mappings.gl_account_id

)

select * from final
