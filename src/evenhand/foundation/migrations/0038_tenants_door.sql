-- tenants: in whose name a transaction is, is said by a function that wants a proof of it, 32 bytes
-- that only a server with the secret can make. What is smuggled in has none for a rival.
CREATE TABLE tenants.door (
    only_row  boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    -- The first server with tenants brings it.
    key       bytea CHECK (length(key) = 32),
    -- Whether policies ask what the function alone can set: `door.sql` closes it.
    is_closed boolean NOT NULL DEFAULT false
);
INSERT INTO tenants.door DEFAULT VALUES;
GRANT USAGE ON SCHEMA tenants TO evenhand_doorkeeper;
GRANT SELECT, UPDATE (key) ON tenants.door TO evenhand_doorkeeper;
GRANT SELECT (is_closed) ON tenants.door TO evenhand_app;

-- With `by_key` all statements of the step find their rows by key: one plan for all values.
CREATE FUNCTION tenants.become(tenant uuid, proof bytea, by_key boolean) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
    AS $$
DECLARE
    door tenants.door;
    said text;
BEGIN
    SELECT * INTO STRICT door FROM tenants.door;
    -- Hashed once more, so that how long it takes to compare them tells nothing.
    IF door.key IS NOT NULL
       AND sha256(sha256(door.key || uuid_send(tenant))) IS DISTINCT FROM sha256(proof)
       OR door.key IS NULL AND door.is_closed THEN
        RAISE insufficient_privilege USING
            MESSAGE = 'this transaction has not proved in whose name it is',
            HINT = 'A server proves it with the secret of the installation.';
    END IF;
    IF door.is_closed THEN
        said := set_config('backtrace_functions', replace(tenant::text, '-', ''), true);
    ELSE
        said := set_config('evenhand.tenant_id', tenant::text, true);
    END IF;
    IF by_key THEN
        said := set_config('plan_cache_mode', 'force_generic_plan', true);
    END IF;
    RETURN tenant;
END
$$;

-- Keep the key of the first server; while there is no tenant, of the last. Says whether it is this.
CREATE FUNCTION tenants.keep_door_key(given bytea) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
    AS $$
BEGIN
    UPDATE tenants.door
       SET key = given
     WHERE key IS NULL OR key <> given AND NOT EXISTS (SELECT FROM tenants.tenant_ids());
    RETURN (SELECT key = given FROM tenants.door);
END
$$;

REVOKE ALL ON FUNCTION tenants.become(uuid, bytea, boolean), tenants.keep_door_key(bytea)
  FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenants.become(uuid, bytea, boolean), tenants.keep_door_key(bytea)
   TO evenhand_app;
GRANT EXECUTE ON FUNCTION tenants.tenant_ids() TO evenhand_doorkeeper;
GRANT CREATE ON SCHEMA tenants TO evenhand_doorkeeper;
ALTER FUNCTION tenants.become(uuid, bytea, boolean) OWNER TO evenhand_doorkeeper;
ALTER FUNCTION tenants.keep_door_key(bytea) OWNER TO evenhand_doorkeeper;
REVOKE CREATE ON SCHEMA tenants FROM evenhand_doorkeeper;
