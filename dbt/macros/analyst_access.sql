{#
    On run start: the role `analyst` reads the schema marts and nothing else. Tables made later are readable the moment
    they are there. Who may not make roles makes it once as a superuser (`create role analyst`); until then the build
    goes on without it.
#}
{% macro grant_analyst_access() %}
    create schema if not exists marts;
    do $$
    begin
        -- one build at a time: privileges of the same table cannot be changed by two
        perform pg_advisory_xact_lock(7302842);
        if not exists (select from pg_roles where rolname = 'analyst') then
            begin
                create role analyst nologin;
            exception when duplicate_object or unique_violation or insufficient_privilege then
                null;
            end;
        end if;
        if exists (select from pg_roles where rolname = 'analyst') then
            grant usage on schema marts to analyst;
            grant select on all tables in schema marts to analyst;
            alter default privileges in schema marts grant select on tables to analyst;
        end if;
    end
    $$;
{% endmacro %}
