-- Guards: on both bases the age groups of a date and side add up to the open items, in amount and number.
with items as (

    select
        administration_id,
        as_of_date,
        side,
        sum(amount) as amount,
        count(*) as item_count
    from {{ ref('fct_outstanding_items') }}
    group by administration_id, as_of_date, side

),

ageing as (

    select
        administration_id,
        as_of_date,
        side,
        basis,
        sum(amount) as amount,
        sum(item_count) as item_count
    from {{ ref('rpt_outstanding_ageing') }}
    group by administration_id, as_of_date, side, basis

),

bases as (

    select
        items.*,
        listed.basis
    from items
    cross join (
        values
        ('due_date'),
        ('invoice_date')
    ) as listed (basis)

)

select
    coalesce(bases.administration_id, ageing.administration_id) as administration_id,
    coalesce(bases.as_of_date, ageing.as_of_date) as as_of_date,
    coalesce(bases.side, ageing.side) as side,
    coalesce(bases.basis, ageing.basis) as basis,
    bases.amount as item_amount,
    ageing.amount as ageing_amount
from bases
full outer join ageing
    on
        bases.administration_id = ageing.administration_id
        and bases.as_of_date = ageing.as_of_date
        and bases.side = ageing.side
        and bases.basis = ageing.basis
where bases.amount is distinct from ageing.amount or bases.item_count is distinct from ageing.item_count
