{#
    Which part of a large table its tests look at. A build proves what it made, and what no earlier build has proven: what
    was made stays unproven until every test that looks at it has passed in one run (a warning is no pass), so that a second
    try after a red test looks again. What was proven is not read again, but where whole tables are to be proven: the first build of a day is
    asked to (EXACT_ONLINE_PROVE_WHOLE_TABLES), because nothing but that finds what somebody else has changed.
#}
{% macro proves_whole_tables() -%}
    {{- return(env_var('EXACT_ONLINE_PROVE_WHOLE_TABLES', '') != '') -}}
{%- endmacro %}

{#
    What is unproven of some incremental models, as a condition on these columns. They are named one by one, so that the
    planner finds their rows by an index; many are all of it, or nearly. A singular test that asks this has the tag
    `unproven`; one that asks for the loads of staging tables has `unproven_loads`.
#}
{% macro unproven(model_names, columns, alias=none) -%}
    {%- if not execute or proves_whole_tables() -%}{{- return('true') -}}{%- endif -%}
    {%- set which -%}
        select distinct {{ columns | join(', ') }} from intermediate.built_partitions
        where model_name in ('{{ model_names | join("', '") }}') and not is_proven
    {%- endset -%}
    {%- set named = [] -%}
    {%- for row in run_query(which ~ ' limit 101').rows -%}
        {%- set values = [] -%}
        {%- for column in columns -%}
            {%- do values.append("date '" ~ row[column] ~ "'" if column == 'as_of_date' else row[column]) -%}
        {%- endfor -%}
        {%- do named.append('(' ~ values | join(', ') ~ ')') -%}
    {%- endfor -%}
    {%- set nothing = '(' ~ (['null'] * columns | length) | join(', ') ~ ')' -%}
    {%- set listed = which if named | length > 100 else named | join(', ') or nothing -%}
    {%- set prefix = alias ~ '.' if alias else '' -%}
    {{- return('(' ~ prefix ~ columns | join(', ' ~ prefix) ~ ') in (' ~ listed ~ ')') -}}
{%- endmacro %}

{# The load up to which a staging table was proven to be raw; 0 where all of it is to be. #}
{% macro staging_proven_up_to(model_name) -%}
    {%- if not execute or proves_whole_tables() -%}{{- return(0) -}}{%- endif -%}
    {%- set rows = run_query(
        "select proven_load_id from intermediate.staged_loads where model_name = '" ~ model_name ~ "'"
    ).rows -%}
    {{- return(rows[0][0] | int if rows else 0) -}}
{%- endmacro %}

{# Whether a staging table holds other rows than its raw table, told by sums of hashes: one pass over either, no join. #}
{% macro staging_differs(raw_table, staged_table, key) -%}
    exists (
        select
        from (
            select
                administration_id,
                {{ fingerprint('row(id, loaded_at, load_id, deleted_at is not null)') }} as fingerprint
            from {{ raw_table }}
            group by administration_id
        ) as raw_sums
        full outer join (
            select
                administration_id,
                {{ fingerprint('row(' ~ key ~ '::text, _loaded_at, _load_id, is_deleted)') }} as fingerprint
            from {{ staged_table }}
            group by administration_id
        ) as staged_sums
            on raw_sums.administration_id = staged_sums.administration_id
        where raw_sums.fingerprint is distinct from staged_sums.fingerprint
    )
{%- endmacro %}

{# `where: __unproven__` in the config of a test of a model that is built by fiscal period. #}
{% macro postgres__get_where_subquery(relation) -%}
    {%- if config.get('where', '') == '__unproven__' -%}
        {%- set which = unproven([relation.identifier], ['administration_id', 'fiscal_year', 'fiscal_period']) -%}
        {%- do return("(select * from " ~ relation ~ " where " ~ which ~ ") dbt_subquery") -%}
    {%- endif -%}
    {%- do return(default__get_where_subquery(relation)) -%}
{%- endmacro %}

{#
    On run end: proven is every model that was built and that each test of its unproven part has found right. Unproven is all
    of a model of which such a test has found something, also where it read more than was unproven.
#}
{% macro note_proofs(results) -%}
    {%- if execute -%}
    {%- set built, status_of = [], {} -%}
    {%- for result in results -%}
        {%- do status_of.update({result.node.unique_id: result.status}) -%}
        {%- if result.status == 'success' -%}{%- do built.append(result.node.unique_id) -%}{%- endif -%}
    {%- endfor -%}
    {%- set missed = {'partitions': [], 'loads': []} -%}
    {%- set failed = ['null'] -%}
    {%- for test in graph.nodes.values() if test.resource_type == 'test' -%}
        {%- set kind = 'partitions' if test.config.where == '__unproven__' or 'unproven' in test.tags
            else 'loads' if 'unproven_loads' in test.tags -%}
        {%- set status = status_of.get(test.unique_id) -%}
        {%- if kind and status != 'pass' -%}
            {%- do missed[kind].extend(test.depends_on.nodes) -%}
        {%- endif -%}
        {%- if kind and status == 'fail' -%}
            {%- for id in test.depends_on.nodes if id.startswith('model.') -%}
                {%- do failed.append("'" ~ graph.nodes[id].name ~ "'") -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set proven = {'partitions': ['null'], 'loads': ['null']} -%}
    {%- for kind, names in proven.items() -%}
        {%- for id in built if id not in missed[kind] -%}{%- do names.append("'" ~ graph.nodes[id].name ~ "'") -%}{%- endfor -%}
    {%- endfor -%}
    update intermediate.built_partitions set is_proven = false
    where is_proven and model_name in ({{ failed | join(', ') }});

    update intermediate.staged_loads set proven_load_id = 0
    where model_name in ({{ failed | join(', ') }});

    update intermediate.built_partitions set is_proven = true
    where not is_proven and model_name in ({{ proven['partitions'] | join(', ') }});

    update intermediate.staged_loads set proven_load_id = settled_load_id
    where model_name in ({{ proven['loads'] | join(', ') }})
    {%- endif -%}
{%- endmacro %}
