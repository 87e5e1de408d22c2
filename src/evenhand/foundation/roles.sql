-- The four roles, made once for a cluster by whoever may create roles.
--
-- evenhand_owner       owns every table and cannot log in.
-- evenhand_app         what the server logs in as: it owns nothing and row security binds it.
-- evenhand_dispatcher  owns the few functions that look across tenants; it cannot log in
--                      and may read only the columns granted to it: counts and times, no content.
-- evenhand_doorkeeper  owns the function that says in whose name a transaction is; it cannot log
--                      in, and reads nothing but the key that a server's proofs are made with.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'evenhand_owner') THEN
        CREATE ROLE evenhand_owner NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'evenhand_app') THEN
        CREATE ROLE evenhand_app LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'evenhand_dispatcher') THEN
        CREATE ROLE evenhand_dispatcher NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'evenhand_doorkeeper') THEN
        CREATE ROLE evenhand_doorkeeper NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB;
    END IF;
EXCEPTION
    -- Two servers may start on a new cluster at the same moment.
    WHEN duplicate_object OR unique_violation THEN NULL;
END
$$;

-- What PostgreSQL lets everybody do, and only a superuser can take back: to see or
-- to end other sessions, to count what they change, to keep large objects and locks that no policy
-- looks at. Whoever watches the server by pg_monitor still sees it; the firewall's check names what
-- is open.
DO $$
DECLARE
    thing record;
BEGIN
    IF current_setting('is_superuser') <> 'on' THEN
        RETURN;
    END IF;
    FOR thing IN
        SELECT oid::regprocedure AS name, proname
          FROM pg_proc
         WHERE pronamespace = 'pg_catalog'::regnamespace
           AND proname ~ ('^(pg_stat_get_.*|pg_lock_status|pg_prepared_xact|pg_blocking_pids'
                          '|pg_safe_snapshot_blocking_pids|pg_get_replication_slots'
                          '|pg_isolation_test_session_is_blocked'
                          '|pg_cancel_backend|pg_terminate_backend|pg_export_snapshot'
                          '|pg_logical_.*|lo_.*|loread|lowrite|pg_(try_)?advisory_.*)$')
           AND has_function_privilege('public', oid, 'EXECUTE')
    LOOP
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', thing.name);
        IF thing.proname ~ '^pg_(stat|lock|block|safe)' THEN
            EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO pg_monitor', thing.name);
        ELSIF thing.proname ~ '^pg_advisory' THEN
            -- Migrations wait for each other by such a lock.
            EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO evenhand_owner', thing.name);
        END IF;
    END LOOP;
    FOR thing IN
        SELECT oid::regclass AS name
          FROM pg_class
         WHERE relnamespace = 'pg_catalog'::regnamespace
           AND relkind = 'v'
           AND relname ~ '^(pg_stat.*|pg_locks|pg_prepared_xacts|pg_replication_slots)$'
           AND has_table_privilege('public', oid, 'SELECT')
    LOOP
        EXECUTE format('REVOKE ALL ON %s FROM PUBLIC', thing.name);
        EXECUTE format('GRANT SELECT ON %s TO pg_monitor', thing.name);
    END LOOP;
END
$$;
