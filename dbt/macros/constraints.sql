{#
    Keys and rules of a table are constraints of PostgreSQL, declared in its model's yml: a row that breaks one is not
    told afterwards but cannot come in, and the table stays what it was. dbt would declare them with the empty table; then
    each of a million rows would be sought in the key. So dbt makes the columns, and this post-hook the rest, which a table
    that stood before gets too: a constraint's comment is a digest of what was declared, so that one that changed is made
    anew and one that is declared no more goes. A seed declares them in its `meta`. A view can have none: a test asks for
    its key.

        primary_key   no two rows with the same values, none of them empty
        unique        the same, but values may be empty (and empty is equal to empty)
        check         a condition that has a name
#}
{% macro add_constraints() %}
    {%- set constraints = model.constraints or model.config.meta.constraints -%}
    {%- if execute and constraints and model.config.materialized != 'view' -%}
    {%- set rules = {} -%}
    {%- for constraint in constraints -%}
        {%- set type = constraint.type.value or constraint.type -%}
        {%- set columns = constraint.columns | join(', ') -%}
        {%- set rule = {
            'primary_key': 'primary key (' ~ columns ~ ')',
            'unique': 'unique nulls not distinct (' ~ columns ~ ')',
        }.get(type, 'constraint ' ~ constraint.name ~ ' check (' ~ constraint.expression ~ ')') -%}
        {%- do rules.update({local_md5(rule): rule}) -%}
    {%- endfor -%}
    do $$
    declare
        constraint_name text;
    begin
        for constraint_name in
            select conname from pg_constraint
            where
                conrelid = '{{ this }}'::regclass
                and contype in ('p', 'u', 'c')
                and coalesce(obj_description(oid, 'pg_constraint'), '') not in ('{{ rules | join("', '") }}')
        loop
            execute format('alter table {{ this }} drop constraint %I', constraint_name);
        end loop;
        {%- for digest, rule in rules.items() %}
        if not exists (
            select from pg_constraint
            where conrelid = '{{ this }}'::regclass and obj_description(oid, 'pg_constraint') = '{{ digest }}'
        ) then
            alter table {{ this }} add {{ rule }};
            select conname into constraint_name from pg_constraint
            where
                conrelid = '{{ this }}'::regclass
                and contype in ('p', 'u', 'c')
                and obj_description(oid, 'pg_constraint') is null;
            execute format('comment on constraint %I on {{ this }} is %L', constraint_name, '{{ digest }}');
        end if;
        {%- endfor %}
    end $$
    {%- endif -%}
{% endmacro %}

{# The columns of a table with a contract: dbt's own, but for what `add_constraints` adds. #}
{% macro postgres__get_table_columns_and_constraints() -%}
    ({{ adapter.render_raw_columns_constraints(raw_columns=model['columns']) | join(', ') }})
{%- endmacro %}
