{#
    Keys and rules of a table are constraints of PostgreSQL, declared in its model's yml: a row that breaks one is not
    told afterwards but cannot come in, and the table stays what it was. dbt would declare them with the empty table; then
    each of a million rows would be sought in the key. So dbt makes the columns, and this post-hook the rest, which a table
    from before a constraint was declared gets too. A seed declares them in its `meta`. A view can have none: a test asks for its key.

        primary_key   no two rows with the same values, none of them empty
        unique        the same, but values may be empty (and empty is equal to empty)
        check         a condition that has a name
#}
{% macro add_constraints() %}
    {%- set constraints = model.constraints or model.config.meta.constraints -%}
    {%- if execute and constraints and model.config.materialized != 'view' -%}
    do $$
    begin
        {%- for constraint in constraints %}
        {%- set type = constraint.type.value or constraint.type %}
        {%- set columns = constraint.columns | join(', ') %}
        {%- set known = {'primary_key': "contype = 'p'", 'unique': "contype = 'u'"}.get(type, "conname = '" ~ constraint.name ~ "'") %}
        {%- set rule = {
            'primary_key': 'primary key (' ~ columns ~ ')',
            'unique': 'unique nulls not distinct (' ~ columns ~ ')',
        }.get(type, 'constraint ' ~ constraint.name ~ ' check (' ~ constraint.expression ~ ')') %}
        if not exists (select from pg_constraint where conrelid = '{{ this }}'::regclass and {{ known }}) then
            alter table {{ this }} add {{ rule }};
        end if;
        {%- endfor %}
    end $$
    {%- endif -%}
{% endmacro %}

{# The columns of a table with a contract: dbt's own, but for what `add_constraints` adds. #}
{% macro postgres__get_table_columns_and_constraints() -%}
    ({{ adapter.render_raw_columns_constraints(raw_columns=model['columns']) | join(', ') }})
{%- endmacro %}
