with rules as (

    select * from {{ ref('int_account_rules_matched') }}

),

overrides as (

    select * from {{ ref('int_account_overrides_collected') }}
    where has_reporting_line and valid_from <= valid_to

),

-- what may apply to an account (or to one axis value of it) and when: the web page before the seed before any rule
candidates as (

    select
        administration_id,
        gl_account_id,
        'none' as axis,
        '(all)' as axis_code,
        reporting_line_code,
        mapping_rule,
        case mapping_rule when 'rgs' then 'high' when 'mar' then 'medium' when 'account_type' then 'low' else 'none' end
            as confidence,
        date '1900-01-01' as valid_from,
        date '9999-12-31' as valid_to,
        null::text as author,
        null::text as comment,
        null::text as override_origin,
        null::bigint as sequence_number,
        rgs_code,
        rgs_balance_side,
        flip_reporting_line_code,
        is_ambiguous,
        3 as precedence
    from rules

    union all

    select
        rules.administration_id,
        rules.gl_account_id,
        overrides.axis,
        overrides.axis_code,
        overrides.reporting_line_code,
        'override' as mapping_rule,
        'certain' as confidence,
        overrides.valid_from,
        overrides.valid_to,
        overrides.author,
        overrides.comment,
        overrides.origin as override_origin,
        overrides.sequence_number,
        null as rgs_code,
        null as rgs_balance_side,
        null as flip_reporting_line_code,
        false as is_ambiguous,
        case overrides.origin when 'web_page' then 1 else 2 end as precedence
    from overrides
    inner join rules
        on
            overrides.environment = rules.environment
            and overrides.division_code = rules.division_code
            and overrides.account_code = rules.account_code

),

-- every day on which something begins or has just ended starts a new validity
starts as (

    select
        administration_id,
        gl_account_id,
        axis,
        axis_code,
        valid_from
    from candidates

    union

    select
        administration_id,
        gl_account_id,
        axis,
        axis_code,
        valid_to + 1 as valid_from
    from candidates
    where valid_to < date '9999-12-31'

),

intervals as (

    select
        *,
        coalesce(
            lead(valid_from) over (
                partition by administration_id, gl_account_id, axis, axis_code order by valid_from
            ) - 1, date '9999-12-31'
        ) as valid_to
    from starts

),

-- of several overrides of one origin for the same day the one that began last wins, of those the one made last; it is
-- flagged when they disagree
chosen as (

    select distinct on (
        intervals.administration_id, intervals.gl_account_id, intervals.axis, intervals.axis_code, intervals.valid_from
    )
        intervals.administration_id,
        intervals.gl_account_id,
        intervals.axis,
        intervals.axis_code,
        intervals.valid_from,
        intervals.valid_to,
        candidates.reporting_line_code,
        candidates.mapping_rule,
        candidates.confidence,
        candidates.author,
        candidates.comment,
        candidates.override_origin,
        candidates.rgs_code,
        candidates.rgs_balance_side,
        candidates.flip_reporting_line_code,
        candidates.is_ambiguous
        or min(candidates.reporting_line_code) over same_day <> max(candidates.reporting_line_code) over same_day
            as is_ambiguous
    from intervals
    inner join candidates
        on
            intervals.administration_id = candidates.administration_id
            and intervals.gl_account_id = candidates.gl_account_id
            and intervals.axis = candidates.axis
            and intervals.axis_code = candidates.axis_code
            and intervals.valid_from between candidates.valid_from and candidates.valid_to
    window
        same_day as (
            partition by
                intervals.administration_id,
                intervals.gl_account_id,
                intervals.axis,
                intervals.axis_code,
                intervals.valid_from,
                candidates.precedence
        )
    order by
        intervals.administration_id asc,
        intervals.gl_account_id asc,
        intervals.axis asc,
        intervals.axis_code asc,
        intervals.valid_from asc,
        candidates.precedence asc,
        candidates.valid_from desc,
        candidates.sequence_number desc nulls last,
        candidates.reporting_line_code asc

),

final as (

    select
        administration_id,
        gl_account_id,
        axis,
        axis_code,
        reporting_line_code,
        mapping_rule,
        confidence,
        valid_from,
        valid_to,
        author,
        comment,
        override_origin,
        rgs_code,
        rgs_balance_side,
        flip_reporting_line_code,
        is_ambiguous
    from chosen

)

select * from final
