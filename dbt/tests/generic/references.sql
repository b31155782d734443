{# Every combination of values (none of them empty) exists in its other model: keys here always hold the administration. #}
{% test references(model, parents) %}

    {% for parent in parents -%}
    {%- set parent_columns = parent.to_columns or parent.columns %}
    select
        '{{ parent.to.identifier }}' as missing_in,
        concat_ws(', ', {{ parent.columns | join(', ') }}) as missing_key,
        count(*) as row_count
    from (select * from {{ model }}) as child
    where
        {% for column in parent.columns -%}
            child.{{ column }} is not null and
        {% endfor -%}
        not exists (
            select from {{ parent.to }} as parent
            where
                {% for column in parent.columns -%}
                    parent.{{ parent_columns[loop.index0] }} = child.{{ column }}{% if not loop.last %} and {% endif %}
                {% endfor %}
        )
    group by {{ parent.columns | join(', ') }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

{% endtest %}
