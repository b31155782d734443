{#
    Post-hook: a table just made has no statistics, and the next model would be planned blindly; so would one that reads
    what an increment brought, where that is much (an administration's first import). A few changed rows are left to
    autovacuum. In the transaction of the model, so that it counts what this transaction inserted.
#}
{% macro analyze_what_changed() -%}
    {%- if is_incremental() -%}
    do $$
    begin
        if exists (
            select from pg_class as tables
            inner join pg_stat_xact_user_tables as changes on tables.oid = changes.relid
            where
                tables.oid = '{{ this }}'::regclass
                and changes.n_tup_ins + changes.n_tup_upd > least(tables.reltuples / 20, 50000)
        ) then
            analyze {{ this }};
        end if;
    end $$
    {%- else -%}
    analyze {{ this }}
    {%- endif -%}
{%- endmacro %}
