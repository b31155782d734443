with methods as (

    select * from {{ ref('stg_exact_online__depreciation_methods') }}
    where not is_deleted

),

-- Exact documents six types, 3 linear among them, and not the ordinary linear one, which is told by its shape: a life
-- and no percentage.
-- Whether a percentage is sent as 0.25 or as 25 is not documented either; nothing depreciates by more than all of it.
final as (

    select
        administration_id,
        depreciation_method_id,
        depreciation_method_name,
        case
            when depreciation_method_type = 40 then 'annuity'
            when depreciation_method_type = 11 then 'degressive'
            when depreciation_method_type in (10, 12) then 'degressive_to_linear'
            when depreciation_method_type = 21 then 'fixed_amount'
            when
                (depreciation_method_type = 3 or coalesce(percentage, 0) = 0) and (periods > 0 or years > 0)
                then 'linear'
        end as method_kind,
        nullif(periods, 0) as periods,
        nullif(years, 0) as years,
        nullif(amount, 0) as amount,
        case when percentage > 1 then percentage / 100 else percentage end as rate,
        case when percentage_2 > 1 then percentage_2 / 100 else percentage_2 end as linear_rate,
        case when max_percentage > 1 then max_percentage / 100 else max_percentage end as highest_rate
    from methods

)

select * from final
