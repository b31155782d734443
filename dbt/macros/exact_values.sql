{#
    Reading Exact's JSON: every argument is a column of `json_to_record`, that is the value's text or null.
    One conversion per macro; nothing here repairs a wrong value, a value of another type stops the build.
#}

{# Codes come padded on either side; an empty text means "no value", as null does. #}
{% macro exact_text(column) -%}
    nullif(btrim({{ column }}), '')
{%- endmacro %}

{# "No value" is null or the guid of zeroes. #}
{% macro exact_guid(column) -%}
    nullif(nullif(btrim({{ column }}), ''), '00000000-0000-0000-0000-000000000000')::uuid
{%- endmacro %}

{# Int16, Int32 and Byte; Int64 arrives as a text and needs exact_bigint. #}
{% macro exact_integer(column) -%}
    nullif({{ column }}, '')::integer
{%- endmacro %}

{% macro exact_bigint(column) -%}
    nullif({{ column }}, '')::bigint
{%- endmacro %}

{# Rates, percentages and quantities: all digits of the JSON text. #}
{% macro exact_numeric(column) -%}
    nullif({{ column }}, '')::numeric
{%- endmacro %}

{# Money: a Double in Exact, two decimals in the books. #}
{% macro exact_amount(column) -%}
    nullif({{ column }}, '')::numeric(18, 2)
{%- endmacro %}

{# true and false, or a Byte of 0 and 1. #}
{% macro exact_boolean(column) -%}
    nullif({{ column }}, '')::boolean
{%- endmacro %}

{# `/Date(ms)/` is wall-clock time labelled UTC: the naive value is right, any shift of time zone is wrong. #}
{% macro exact_local_timestamp(column) -%}
    (timestamp '1970-01-01' + interval '1 millisecond' * substring({{ column }} from '-?[0-9]+')::bigint)
{%- endmacro %}

{# A pure date is midnight of that clock: its day, unshifted. #}
{% macro exact_date(column) -%}
    {{ exact_local_timestamp(column) }}::date
{%- endmacro %}
