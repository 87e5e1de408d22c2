-- What stands open beside the firewall and only a superuser can close: a server runs with it, and
-- `doctor` names it. The lists of `firewall.sql` stand in front of these too.

-- name: open_event_triggers
-- It runs at every change of the schema, with the rights of whoever makes it: a superuser's too.
SELECT format('The event trigger %1$s runs as whoever changes the schema: '
              'DROP EVENT TRIGGER %1$s, if it is not yours.', quote_ident(evtname))
  FROM pg_event_trigger

-- name: open_functions
-- What only a superuser can close: a server runs with it, and `doctor` names it.
SELECT format('evenhand_app can call %s, by which sessions see, end or signal each other past any '
              'policy: REVOKE ALL ON FUNCTION … FROM evenhand_app, PUBLIC as a superuser.',
              string_agg(DISTINCT proname, ', ' ORDER BY proname))
  FROM (SELECT oid, proname::text
          FROM pg_proc
         WHERE pronamespace = 'pg_catalog'::regnamespace
           AND proname ~ ('^(pg_stat_get_.*|pg_lock_status|pg_prepared_xact|pg_blocking_pids'
                          '|pg_safe_snapshot_blocking_pids|pg_get_replication_slots'
                          '|pg_isolation_test_session_is_blocked'
                          '|pg_cancel_backend|pg_terminate_backend|pg_export_snapshot'
                          '|pg_logical_.*|lo_.*|loread|lowrite|pg_(try_)?advisory_.*)$')
         UNION ALL
        SELECT oid, proname::text FROM pg_proc
         WHERE proname ~ '^(pg_stat_statements.*|pgrowlocks|dblink.*)$') AS telling
 WHERE has_function_privilege(to_regrole('evenhand_app'), oid, 'EXECUTE')
HAVING count(*) > 0

-- name: open_views
-- The same for views of what sessions do, of what they changed, and of samples of their rows.
SELECT format('evenhand_app can read %s, which tell of other sessions and their rows: '
              'REVOKE ALL ON … FROM evenhand_app, PUBLIC as a superuser.',
              string_agg(relname, ', ' ORDER BY relname))
  FROM pg_class
 WHERE relkind IN ('v', 'm', 'r')
   AND (relnamespace = 'pg_catalog'::regnamespace AND relkind = 'v'
        AND relname ~ '^(pg_stat.*|pg_locks|pg_prepared_xacts|pg_replication_slots)$'
        OR relname ~ '^pg_stat_statements')
   AND has_table_privilege(to_regrole('evenhand_app'), oid, 'SELECT')
HAVING count(*) > 0

-- name: open_copies
-- Rows leave by these for other servers, as whoever set them up wants: an operator should know.
SELECT format('The publication %1$s sends rows of all tenants to whoever subscribes: '
              'DROP PUBLICATION %1$s, if it is not yours.', quote_ident(pubname))
  FROM pg_publication
 UNION ALL
SELECT format('The subscription %1$s writes rows past every policy: '
              'DROP SUBSCRIPTION %1$s, if it is not yours.', quote_ident(subname))
  FROM pg_subscription
 WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())

-- name: open_door
-- Until the door is closed, in whose name a transaction is can be set by any statement.
SELECT 'A statement can set for itself whose rows it sees: run evenhand migrate as a superuser, '
       'while no server of an earlier version runs.'
  FROM tenants.door
 WHERE NOT is_closed
