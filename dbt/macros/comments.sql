{#
    What the yml says of a table and its columns, as comments in PostgreSQL, in one statement. dbt would ask twice for the
    columns of each table first, in every build, to leave out what is documented but not there; here that is an error.
#}
{% macro postgres__persist_docs(relation, model, for_relation, for_columns) %}
    {% set comments = [] %}
    {% if for_relation and config.persist_relation_docs() and model.description %}
        {% do comments.append(alter_relation_comment(relation, model.description)) %}
    {% endif %}
    {% if for_columns and config.persist_column_docs() %}
        {% for column in model.columns.values() %}
            {% set name = adapter.quote(column.name) if column.quote else column.name %}
            {% set text = postgres_escape_comment(column.description) %}
            {% do comments.append('comment on column ' ~ relation ~ '.' ~ name ~ ' is ' ~ text ~ ';') %}
        {% endfor %}
    {% endif %}
    {% if comments %}{% do run_query(comments | join('\n')) %}{% endif %}
{% endmacro %}
