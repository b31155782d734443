{#
    What keeps an incremental staging table equal to its raw table, without a watermark in time. Loads of several
    administrations commit out of order, and a long load commits pages dated before the last build. But every change
    of a raw row gives it the id of the load that made it, and a load that has ended changes nothing any more: rows of
    loads that had all ended before the last build was made are staged already; the rest is found by an index on the
    load. Each of its rows is compared with the staged row of its own key. A singular test compares both tables: rows
    of loads that were not proven yet after each build, all of both once a day. A row of raw is never removed but with its
    administration; one that somebody removes by hand makes that test red until the table is made anew.
#}

{# On run start: up to which load each staging table holds everything. #}
{% macro create_staged_loads() %}
    create schema if not exists intermediate;
    create table if not exists intermediate.staged_loads (
        model_name text primary key,
        settled_load_id bigint not null,
        next_settled_load_id bigint not null
    );
    {{ add_column_once('intermediate.staged_loads', 'proven_load_id', 'bigint not null default 0') }};
    {{ add_column_once('intermediate.staged_loads', 'numbered_load_id', 'bigint') }};
    comment on table intermediate.staged_loads is
        'Every row of a load up to settled_load_id stands in the staging table; next_: what its running build will settle; proven_: what a test has found there; numbered_: up to where states tell.';
{% endmacro %}

{# Pre-hook: note, before raw is read, which loads have ended. #}
{% macro note_ended_loads(loads) %}
    insert into intermediate.staged_loads (model_name, settled_load_id, next_settled_load_id)
    select
        '{{ this.name }}',
        0,
        coalesce(min(load_id) filter (where finished_at is null) - 1, max(load_id), 0)
    from {{ loads }}
    on conflict (model_name) do update set next_settled_load_id = excluded.next_settled_load_id
{% endmacro %}

{# Post-hook: they are staged now, and their parts have their states. #}
{% macro settle_loads() %}
    update intermediate.staged_loads
    set
        settled_load_id = next_settled_load_id,
        numbered_load_id = next_settled_load_id,
        proven_load_id = {{ 'proven_load_id' if is_incremental() else 0 }}
    where model_name = '{{ this.name }}'
{% endmacro %}

{#
    True for a raw row (alias `raw`) that is not staged yet, or was staged from another version. The id is cast and not the
    key, so that the key's index serves however wrong the planner is about the number of new rows.
#}
{% macro is_new_or_changed(staged_table, key, key_type='uuid') -%}
    {%- set settled = 0 -%}
    {%- if execute -%}
        {%- set rows = run_query(
            "select settled_load_id from intermediate.staged_loads where model_name = '" ~ staged_table.name ~ "'"
        ).rows -%}
        {%- set settled = rows[0][0] if rows else 0 -%}
    {%- endif -%}
    raw.load_id > {{ settled }}
    and not exists (
        select from {{ staged_table }} as staged
        where
            staged.administration_id = raw.administration_id
            and staged.{{ key }} = raw.id::{{ key_type }}
            and staged._loaded_at = raw.loaded_at
            and staged._load_id = raw.load_id
    )
{%- endmacro %}

{#
    Post-hook: remove what a purge removed from raw: all of an administration, whose number is never given again. Which
    administrations are staged is found by steps in the key's index. Rows deleted in Exact stay, flagged, as in raw.
#}
{% macro remove_purged(raw_table) -%}
    with recursive staged as (

        (select administration_id from {{ this }} order by administration_id limit 1)

        union all

        select
            (
                select behind.administration_id from {{ this }} as behind
                where behind.administration_id > staged.administration_id
                order by behind.administration_id limit 1
            )
        from staged
        where staged.administration_id is not null

    ),

    purged as (

        select administration_id from staged
        where
            administration_id is not null
            and not exists (select from {{ raw_table }} as raw where raw.administration_id = staged.administration_id)

    ),

    states as (

        delete from intermediate.staged_states
        where model_name = '{{ this.name }}' and administration_id in (select administration_id from purged)

    )

    delete from {{ this }}
    where administration_id in (select administration_id from purged)
{%- endmacro %}
