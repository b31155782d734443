{#
    The member a line points to when it uses no value of an axis: an administration without an axis has the same
    columns, and joining a fact to its dimensions drops nothing. Exact itself never sends either of them.
#}
{% macro not_used_id() -%}
    '00000000-0000-0000-0000-000000000000'::uuid
{%- endmacro %}

{% macro not_used_code() -%}
    '(not used)'
{%- endmacro %}
