{#
    Payment terms that leave out what the marts need of their transaction: few, if any. What is true of them, and a
    post-hook of the staging table that makes an index of them alone, so that nobody reads all terms to find none.
#}
{% macro is_incomplete_term() -%}
    not is_deleted
        and (
            transaction_amount is null
            or transaction_entry_id is null
            or transaction_type is null
            or coalesce(invoice_date, entry_date) is null
        )
{%- endmacro %}

{% macro index_incomplete_terms() -%}
    do $$
    begin
        if not exists (select from pg_index where indrelid = '{{ this }}'::regclass and indpred is not null) then
            create index on {{ this }} (administration_id, transaction_line_id) where {{ is_incomplete_term() }};
        end if;
    end $$
{%- endmacro %}
