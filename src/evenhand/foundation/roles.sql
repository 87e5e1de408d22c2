-- The three roles, made once for a cluster by whoever may create roles.
--
-- evenhand_owner       owns every table and cannot log in.
-- evenhand_app         what the server logs in as: it owns nothing and row security binds it.
-- evenhand_dispatcher  owns the few functions that look across tenants; it cannot log in
--                      and may read only the columns granted to it: counts and times, no content.
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
EXCEPTION
    -- Two servers may start on a new cluster at the same moment.
    WHEN duplicate_object OR unique_violation THEN NULL;
END
$$;
