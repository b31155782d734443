{#
    Views and seeds that stand as the project has them are left alone: making them again would take a third of a build
    in which nothing changed. `intermediate.built_relations` remembers what each was made of. A view is made anew where
    its SQL, its description or any model of the project changed, and where it is gone: PostgreSQL drops it with a table
    below it that is replaced.
#}

{# On run start: the table of what views and seeds were made of. #}
{% macro create_built_relations() %}
    create schema if not exists intermediate;
    create table if not exists intermediate.built_relations (
        relation_name text primary key,
        made_of text not null
    );
    comment on table intermediate.built_relations is 'What each view and seed was last made of, as a digest.';
{% endmacro %}

{# Digest of all that goes into a view or a seed. A seed too large for dbt's checksum of its content has none. #}
{% macro made_of() -%}
    {%- if model.checksum.name == 'sha256' -%}
    {{- local_md5([project_code(), model.checksum.checksum, model.compiled_code, model.description, model.columns, model.config.meta] | join('|')) -}}
    {%- endif -%}
{%- endmacro %}

{% macro stands_unchanged(type) -%}
    {%- set existing = load_cached_relation(this) -%}
    {%- if existing is not none and existing.type == type and not should_full_refresh() -%}
        {%- set rows = run_query(
            "select made_of from intermediate.built_relations where relation_name = '" ~ this.name ~ "'"
        ).rows -%}
        {{- return(rows | length > 0 and rows[0][0] == made_of()) -}}
    {%- endif -%}
    {{- return(false) -}}
{%- endmacro %}

{# Post-hook, in the transaction that makes the relation. #}
{% macro note_made_of() -%}
    {%- set digest = made_of() if execute and model.config.materialized in ('view', 'seed') else '' -%}
    {%- if digest -%}
    insert into intermediate.built_relations (relation_name, made_of) values ('{{ this.name }}', '{{ digest }}')
    on conflict (relation_name) do update set made_of = excluded.made_of
    {%- endif -%}
{%- endmacro %}
