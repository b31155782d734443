with terms as (

    select * from {{ ref('int_payment_terms_signed') }}

),

receivables as (

    select * from {{ ref('stg_exact_online__receivables_lists') }}
    where not is_deleted

),

payables as (

    select * from {{ ref('stg_exact_online__payables_lists') }}
    where not is_deleted

),

endpoints as (

    select * from {{ ref('int_endpoints_loaded') }}

),

sides as (

    select
        lists.administration_id,
        case lists.endpoint when 'receivables_lists' then 'receivable' else 'payable' end as side,
        lists.loaded_on,
        lists.is_loaded and terms.is_loaded and lists.loaded_on is not null as is_loaded,
        coalesce(lists.missing_reason, terms.missing_reason, lists.endpoint || ': no day it was loaded on')
            as missing_reason,
        lists.stale_reason || terms.stale_reason as stale_reason
    from endpoints as lists
    inner join endpoints as terms
        on lists.administration_id = terms.administration_id and terms.endpoint = 'payment_terms'
    where lists.endpoint in ('receivables_lists', 'payables_lists')

),

-- Exact's lists have no date: they show what was open when they were read, each on the day of its own last load
open_terms as (

    select
        terms.administration_id,
        terms.side,
        terms.currency_code,
        sum(terms.amount_fc) as amount,
        count(*) as item_count
    from terms
    inner join sides
        on
            terms.administration_id = sides.administration_id
            and terms.side = sides.side
            and terms.invoice_date <= sides.loaded_on
            and (terms.end_date is null or terms.end_date > sides.loaded_on)
    group by terms.administration_id, terms.side, terms.currency_code

),

listed as (

    select
        administration_id,
        'receivable' as side,
        currency_code,
        sum(amount) as amount,
        count(*) as item_count
    from receivables
    group by administration_id, currency_code

    union all

    select
        administration_id,
        'payable' as side,
        currency_code,
        sum(amount) as amount,
        count(*) as item_count
    from payables
    group by administration_id, currency_code

),

compared as (

    select
        coalesce(listed.administration_id, open_terms.administration_id) as administration_id,
        coalesce(listed.side, open_terms.side) as side,
        coalesce(listed.currency_code, open_terms.currency_code) as currency_code,
        coalesce(listed.amount, 0) as exact_amount,
        coalesce(open_terms.amount, 0) as mart_amount,
        coalesce(listed.item_count, 0) as exact_count,
        coalesce(open_terms.item_count, 0) as mart_count
    from listed
    full outer join open_terms
        on
            listed.administration_id = open_terms.administration_id
            and listed.side = open_terms.side
            and listed.currency_code = open_terms.currency_code

),

final as (

    select
        sides.administration_id,
        case sides.side when 'receivable' then 'receivables_list' else 'payables_list' end as check_name,
        'open items' as item,
        null::integer as fiscal_year,
        null::integer as fiscal_period,
        null::uuid as gl_account_id,
        sides.loaded_on as as_of_date,
        compared.currency_code,
        compared.exact_amount,
        compared.mart_amount,
        compared.exact_count,
        compared.mart_count,
        sides.is_loaded
        and coalesce(compared.exact_amount = compared.mart_amount and compared.exact_count = compared.mart_count, true)
            as is_ok,
        case
            when not sides.is_loaded then sides.missing_reason
            when compared.exact_amount <> compared.mart_amount then 'amounts differ' || sides.stale_reason
            when compared.exact_count <> compared.mart_count then 'numbers of items differ' || sides.stale_reason
        end as reason
    from sides
    left join compared
        on
            sides.administration_id = compared.administration_id
            and sides.side = compared.side
            and sides.is_loaded

)

select * from final
