{#
    What keeps a large mart equal to its full refresh while only a part of it is built. A mart is cut into partitions (an
    administration and a fiscal year, say). A plan, a model of its own, gives each partition a fingerprint of everything
    its rows are made from; `intermediate.built_partitions` remembers the fingerprints the mart was last built from. A
    partition is due where the two differ, where it is new, where it is gone, or where any model or seed of the project
    has changed since. State and rows change in one transaction; there is no clock and no watermark, so a build that
    failed, a load that committed late and a purge are all caught up with by the next build.

    In a model: `incremental_strategy='replace_partitions'`, the partition's columns as `unique_key`,
    `pre_hook="{{ plan_partitions(ref('the_plan')) }}"`, and `{{ only_due() }}` wherever rows can be left out.
#}

{# On run start: the table of what was built. #}
{% macro create_built_partitions() %}
    create schema if not exists intermediate;
    create table if not exists intermediate.built_partitions (
        model_name text not null,
        administration_id integer not null,
        fiscal_year integer,
        fiscal_period integer,
        as_of_date date,
        fingerprint numeric,
        code text not null,
        is_due boolean not null,
        is_proven boolean not null default false,
        unique nulls not distinct (model_name, administration_id, fiscal_year, fiscal_period, as_of_date)
    );
    {{ add_column_once('intermediate.built_partitions', 'is_proven', 'boolean not null default false') }};
    comment on table intermediate.built_partitions is
        'What each incremental mart was last built from. is_due: rebuilt in its last build. is_proven: its tests have passed
since. No fingerprint: gone since.';
{% endmacro %}

{# A column that a later version added. Asked for first: to alter a table waits for whoever reads it. #}
{% macro add_column_once(table, column, type) -%}
    do $$
    begin
        if not exists (select from pg_attribute where attrelid = '{{ table }}'::regclass and attname = '{{ column }}') then
            alter table {{ table }} add column {{ column }} {{ type }};
        end if;
    end $$
{%- endmacro %}

{# Digest of everything rows are made by; overrides are data, and part of the fingerprints. #}
{% macro project_code() -%}
    {%- set files = [] -%}
    {%- if execute -%}
        {%- for node in graph.nodes.values() -%}
            {%- if node.resource_type in ('model', 'seed') and node.name != 'account_mapping_overrides' -%}
                {%- do files.append(node.name ~ ' ' ~ node.checksum.checksum) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
    {{- local_md5(files | sort | join(',')) -}}
{%- endmacro %}

{# Pre-hook: find what is due, and note the fingerprints it will then be built from. #}
{% macro plan_partitions(plan, fingerprint='fingerprint') %}
    {%- if execute -%}
    {%- set columns = model.config.unique_key -%}
    {%- set is_due -%}
        built.fingerprint is distinct from planned.fingerprint
        or built.code <> '{{ project_code() }}'
        or {{ 'false' if is_incremental() else 'true' }}
    {%- endset -%}
    delete from intermediate.built_partitions
    where model_name = '{{ this.name }}' and fingerprint is null and is_proven;

    merge into intermediate.built_partitions as built
    using (select {{ columns | join(', ') }}, {{ fingerprint }} as fingerprint from {{ plan }}) as planned
        on
            built.model_name = '{{ this.name }}'
            {%- for column in columns %}
            and built.{{ column }} = planned.{{ column }}
            {%- endfor %}
    when matched then update set
        is_due = {{ is_due }},
        is_proven = built.is_proven and not ({{ is_due }}),
        fingerprint = planned.fingerprint,
        code = '{{ project_code() }}'
    when not matched then insert (model_name, {{ columns | join(', ') }}, fingerprint, code, is_due)
    values ('{{ this.name }}', {% for column in columns %}planned.{{ column }}, {% endfor -%}
        planned.fingerprint, '{{ project_code() }}', true);

    update intermediate.built_partitions as built
    set fingerprint = null, is_due = true, is_proven = false
    where
        built.model_name = '{{ this.name }}'
        and not exists (
            select from {{ plan }} as planned
            where
                {% for column in columns -%}
                planned.{{ column }} = built.{{ column }}{% if not loop.last %} and {% endif %}
                {%- endfor %}
        )
    {%- if is_incremental() %};

    -- a table of its own, so that the planner knows how many: two periods are found by an index, all of them are read
    create temporary table due_partitions on commit drop as
    select {{ columns | join(', ') }} from intermediate.built_partitions
    where model_name = '{{ this.name }}' and is_due;

    analyze due_partitions;

    -- the rows of a partition stand together: finding them by an index is not a jump over the disk for each
    set local random_page_cost = 1.1
    {%- endif -%}
    {%- endif -%}
{% endmacro %}

{# The partitions to build, as a condition that follows another one; nothing where everything is built. #}
{% macro only_due(alias=none) -%}
    {%- if execute and is_incremental() -%}
    {%- set columns = model.config.unique_key -%}
    {%- set prefix = alias ~ '.' if alias else '' -%}
    and ({% for column in columns %}{{ prefix }}{{ column }}{% if not loop.last %}, {% endif %}{% endfor %}) in (
        select {{ columns | join(', ') }} from due_partitions
    )
    {%- endif -%}
{%- endmacro %}

{# dbt's name for the strategy `replace_partitions`: what is due goes, what was built for it comes. #}
{% macro get_incremental_replace_partitions_sql(arg_dict) %}
    {%- set columns = arg_dict['unique_key'] -%}
    {%- set names = arg_dict['dest_columns'] | map(attribute='name') | join(', ') -%}
    delete from {{ arg_dict['target_relation'] }}
    where ({{ columns | join(', ') }}) in (select {{ columns | join(', ') }} from due_partitions);
    insert into {{ arg_dict['target_relation'] }} ({{ names }})
    select {{ names }} from {{ arg_dict['temp_relation'] }}
{% endmacro %}

{# Order-independent digest of rows. A record hashes by the values of its columns. #}
{% macro fingerprint(record) -%}
    coalesce(sum({{ fingerprint_of(record) }}), 0)
{%- endmacro %}

{# Digest of one row, to be added to others. #}
{% macro fingerprint_of(record) -%}
    hash_record_extended({{ record }}, 0)::numeric
{%- endmacro %}
