{#
    How what stands below a large staging table knows which part of it changed, without reading it: each part (a fiscal
    period of an administration, say) has a state, the number of the last transaction in which a row came into it, changed or
    left it. A plan makes its fingerprints of these numbers, and takes the parts from the table itself: one whose state got
    lost is another one, and not gone.

    In a model: `incremental_strategy='merge_and_number'`, the columns of a part as `numbered_by`, and
    `number_all_states()` as a post-hook before `settle_loads()`.
#}

{# On run start: the table of the states. #}
{% macro create_staged_states() %}
    create schema if not exists intermediate;
    create table if not exists intermediate.staged_states (
        model_name text not null,
        administration_id integer not null,
        fiscal_year integer,
        fiscal_period integer,
        state bigint not null,
        unique nulls not distinct (model_name, administration_id, fiscal_year, fiscal_period)
    );
    comment on table intermediate.staged_states is
        'The transaction that last brought, changed or removed a row of a part of a large staging table.';
{% endmacro %}

{# dbt's name for the strategy: dbt's own merge, behind the numbers of the parts its rows leave and come to. #}
{% macro get_incremental_merge_and_number_sql(arg_dict) %}
    {%- set columns = config.require('numbered_by') -%}
    {%- set changed -%}
        select {{ columns | join(', ') }} from {{ arg_dict['temp_relation'] }}
        union
        select {% for column in columns %}staged.{{ column }}{% if not loop.last %}, {% endif %}{% endfor %}
        from {{ arg_dict['target_relation'] }} as staged
        inner join {{ arg_dict['temp_relation'] }} using ({{ arg_dict['unique_key'] | join(', ') }})
        union
        -- a table that a version without states has staged to, before or in between: all of it
        select {{ columns | join(', ') }} from {{ arg_dict['target_relation'] }}
        where not exists (
            select from intermediate.staged_loads
            where model_name = '{{ this.name }}' and numbered_load_id = settled_load_id
        )
    {%- endset -%}
    {{ _next_states(columns, changed) }};
    {{ get_incremental_merge_sql(arg_dict) }}
{% endmacro %}

{# Post-hook: a table made anew is another state of all its parts. #}
{% macro number_all_states() %}
    {%- if not is_incremental() -%}
    {%- set columns = config.require('numbered_by') -%}
    delete from intermediate.staged_states
    where model_name = '{{ this.name }}' and administration_id not in (select administration_id from {{ this }});
    {{ _next_states(columns, 'select distinct ' ~ columns | join(', ') ~ ' from ' ~ this) }}
    {%- endif -%}
{% endmacro %}

{% macro _next_states(columns, parts) %}
    insert into intermediate.staged_states as states (model_name, {{ columns | join(', ') }}, state)
    select '{{ this.name }}', {{ columns | join(', ') }}, pg_current_xact_id()::text::bigint from ({{ parts }}) as parts
    on conflict (model_name, administration_id, fiscal_year, fiscal_period) do update set state = excluded.state
{% endmacro %}

{#
    The parts that stand in a staging table with the state of each, as a table: found by steps in the index on their
    columns, so that a million lines cost as many steps as they have periods.
#}
{% macro staged_states(staged_table, columns) -%}
    {%- set names = columns | join(', ') -%}
    (
        with recursive parts as (

            (select {{ names }} from {{ staged_table }} order by {{ names }} limit 1)

            union all

            select behind.*
            from parts
            cross join lateral (
                select {{ names }} from {{ staged_table }} as staged
                where (staged.{{ columns | join(', staged.') }}) > (parts.{{ columns | join(', parts.') }})
                order by {{ names }} limit 1
            ) as behind

        )

        select
            parts.*,
            coalesce(states.state, 0) as state
        from parts
        left join intermediate.staged_states as states
            on
                states.model_name = '{{ staged_table.identifier }}'
                {%- for column in columns %}
                and states.{{ column }} = parts.{{ column }}
                {%- endfor %}
    )
{%- endmacro %}
