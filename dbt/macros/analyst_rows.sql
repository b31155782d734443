{#
    After each mart, in the transaction that makes it: a login that is limited to some administrations reads only their
    rows (exact_ops.limited_analysts). Off unless EXACT_ONLINE_ROW_SECURITY is set. Both questions are asked once per
    query, not once per row. The owner, who builds, sees everything.
#}
{% macro limit_analysts_rows() %}
    {%- if env_var('EXACT_ONLINE_ROW_SECURITY', '') and 'administration_id' in model.columns -%}
        do $$
        begin
            if not exists (
                select from pg_policies
                where schemaname = '{{ this.schema }}' and tablename = '{{ this.identifier }}'
            ) then
                create policy own_administrations on {{ this }} for select using (
                    (select exact_ops.sees_all_administrations())
                    or administration_id = any(array(select exact_ops.visible_administrations()))
                );
                alter table {{ this }} enable row level security;
            end if;
        end
        $$;
    {%- endif -%}
{% endmacro %}
