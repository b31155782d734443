{#
    Says in the log what no rule maps, per administration in its own currency: a warning with the amount. The build
    goes on, the reports hold it on the line UNMAPPED.
#}
{% macro warn_of_unmapped_accounts() %}
    {%- if execute -%}
        {%- set unmapped = run_query(
            "select administration_id, count(*), sum(abs(balance_amount)), sum(movement_amount) from " ~ this
            ~ " where is_unmapped and (balance_amount <> 0 or movement_amount <> 0) group by 1 order by 1"
        ) -%}
        {%- for administration_id, accounts, balance, movement in unmapped.rows -%}
            {%- do exceptions.warn(
                "administration " ~ administration_id ~ ": " ~ accounts ~ " accounts map to no reporting line, balance "
                ~ balance ~ ", debit plus credit " ~ movement
            ) -%}
        {%- endfor -%}
    {%- endif -%}
{% endmacro %}
