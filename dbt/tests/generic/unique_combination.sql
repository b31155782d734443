{#
    The primary key: no two rows with the same values, none with an empty one. `nullable` lists columns that may be empty.
    Where a unique index on these very columns proves the first half, the rows need not be counted again.
#}
{% test unique_combination(model, columns, nullable=[]) %}

    {%- set required = columns | reject('in', nullable) | list %}
    select
        {{ columns | join(', ') }},
        count(*) as row_count
    from {{ model }}
    {% if model.identifier -%}
    where not exists (
        select from pg_index as i
        where
            i.indrelid = to_regclass('{{ model.schema }}.{{ model.identifier }}')
            and i.indisunique and i.indisvalid and i.indpred is null
            and {{ nullable | length }} = 0
            and (
                select array_agg(a.attname::text order by a.attname collate "C")
                from pg_attribute as a
                where a.attrelid = i.indrelid and a.attnum = any(i.indkey)
            ) = array[{% for column in columns | sort %}'{{ column }}'{% if not loop.last %}, {% endif %}{% endfor %}]
    )
    {%- endif %}
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
