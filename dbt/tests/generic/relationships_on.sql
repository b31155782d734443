{# Every combination of values (none of them empty) exists in the other model: keys here always hold the administration. #}
{% test relationships_on(model, to, columns, to_columns=none) %}

    {%- set parent_columns = to_columns or columns %}
    select distinct {{ columns | join(', ') }}
    from (select * from {{ model }}) as child
    where
        {% for column in columns -%}
            child.{{ column }} is not null and
        {% endfor -%}
        not exists (
            select from {{ to }} as parent
            where
                {% for column in columns -%}
                    parent.{{ parent_columns[loop.index0] }} = child.{{ column }}{% if not loop.last %} and {% endif %}
                {% endfor %}
        )

{% endtest %}
