{# dbt's own view and seed, unless they stand unchanged: see unchanged_relations.sql. #}

{% materialization view, adapter='postgres' %}
    {%- if stands_unchanged('view') -%}
        {%- do store_result('main', 'unchanged') -%}
        {{- return({'relations': [this.incorporate(type='view')]}) -}}
    {%- endif -%}
    {{- return(dbt.materialization_view_default()) -}}
{% endmaterialization %}

{% materialization seed, adapter='postgres' %}
    {%- if stands_unchanged('table') -%}
        {%- do store_result('main', 'unchanged') -%}
        {#- dbt wants the rows of a seed, to show them where it is told to #}
        {%- do store_result('agate_table', 'unchanged', run_query("select * from " ~ this ~ " limit 0")) -%}
        {{- return({'relations': [this.incorporate(type='table')]}) -}}
    {%- endif -%}
    {{- return(dbt.materialization_seed_default()) -}}
{% endmaterialization %}
