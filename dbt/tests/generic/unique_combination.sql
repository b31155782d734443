{#
    The key of a view, which can have no constraint: no two rows with the same values, none with an empty one.
    `nullable` lists columns that may be empty.
#}
{% test unique_combination(model, columns, nullable=[]) %}

    {%- set required = columns | reject('in', nullable) | list %}
    select
        {{ columns | join(', ') }},
        count(*) as row_count
    from {{ model }}
    group by {{ columns | join(', ') }}
    having count(*) > 1

    union all

    select
        {{ columns | join(', ') }},
        1 as row_count
    from {{ model }}
    where {% for column in required %}{{ column }} is null{% if not loop.last %} or {% endif %}{% endfor %}
        {%- if not required %}false{% endif %}

{% endtest %}
