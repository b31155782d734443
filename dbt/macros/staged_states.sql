{#
    How what stands below a large staging table knows which part of it changed, without reading it: each part (a fiscal
    period of an administration, say) has a state, a number that goes up whenever a row comes into it, changes or leaves it, in
    the transaction in which that happens. A plan makes its fingerprints of these numbers.

    In a model: `incremental_strategy='merge_and_number'`, the columns of a part as `numbered_by`, and
    `number_all_states()` as a post-hook.
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
        'Which state of a part of a large staging table stands: the number goes up whenever a row of the part changes.';
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
        -- a table from before there were states
        select {{ columns | join(', ') }} from {{ arg_dict['target_relation'] }}
        where not exists (select from intermediate.staged_states where model_name = '{{ this.name }}')
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
    select '{{ this.name }}', {{ columns | join(', ') }}, 1 from ({{ parts }}) as parts
    on conflict (model_name, administration_id, fiscal_year, fiscal_period) do update set state = states.state + 1
{% endmacro %}

{# The states of a staging table's parts, to be read as a table by a model that reads the staging table too. #}
{% macro staged_states(model_name) -%}
    (select * from intermediate.staged_states where model_name = '{{ model_name }}')
{%- endmacro %}
