{#
    What keeps an incremental staging table equal to its raw table, without a watermark. Loads of several
    administrations commit out of order and a long load commits pages whose `loaded_at` lies before the last
    build, so "newer than the newest staged" would miss rows for good. Each raw row is compared instead with
    the staged row of its own key: every change of a raw row sets its `loaded_at` anew.
#}

{# True for a raw row (alias `raw`) that is not staged yet, or was staged from another version. #}
{% macro is_new_or_changed(staged_table, key) -%}
    not exists (
        select from {{ staged_table }} as staged
        where
            staged.administration_id = raw.administration_id
            and staged.{{ key }}::text = raw.id
            and staged._loaded_at = raw.loaded_at
            and staged._load_id = raw.load_id
    )
{%- endmacro %}

{# Post-hook: remove what a purge removed from raw. Rows deleted in Exact stay, flagged, as in raw. #}
{% macro remove_purged(raw_table, key) -%}
    delete from {{ this }} as staged
    where not exists (
        select from {{ raw_table }} as raw
        where raw.administration_id = staged.administration_id and raw.id = staged.{{ key }}::text
    )
{%- endmacro %}
