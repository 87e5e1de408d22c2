-- Closes the door: from then on policies ask a setting that the doorkeeper alone may change.
--
-- PostgreSQL lets everybody change every setting of a name that it does not know, and a few of its
-- own only whom a superuser has allowed. Of those, `backtrace_functions` is a text without
-- consequence: functions of the server's source whose errors are logged with a backtrace, none of
-- them named as a tenant's id. So it carries that id, set for one transaction by `tenants.become`.
--
-- Done at each migration by a superuser; by others not at all, which the firewall then tells.
DO $$
DECLARE
    policy record;
    plain constant text := $t$current_setting('evenhand.tenant_id'::text, true)$t$;
    kept constant text := $t$current_setting('backtrace_functions'::text, true)$t$;
BEGIN
    IF current_setting('is_superuser') <> 'on' THEN
        RETURN;
    END IF;
    -- Servers of the version before set the plain one: it is closed once they are gone.
    IF NOT (SELECT is_closed FROM tenants.door)
       AND EXISTS (SELECT FROM pg_stat_activity
                    WHERE usename = 'evenhand_app' AND datname = current_database()
                      AND application_name = 'evenhand') THEN
        RETURN;
    END IF;
    GRANT SET ON PARAMETER backtrace_functions TO evenhand_doorkeeper;
    FOR policy IN
        SELECT format('ALTER POLICY %I ON %s USING (%s)', polname, polrelid::regclass,
                      replace(pg_get_expr(polqual, polrelid), plain, kept)) AS altered
          FROM pg_policy
         WHERE strpos(pg_get_expr(polqual, polrelid), plain) > 0
    LOOP
        EXECUTE policy.altered;
    END LOOP;
    UPDATE tenants.door SET is_closed = true WHERE NOT is_closed;
END
$$;
