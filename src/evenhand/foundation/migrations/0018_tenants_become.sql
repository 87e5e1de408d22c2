-- tenants: a step that is one statement names its tenant itself.

-- For the rest of the transaction row security admits this tenant alone: what `as_tenant` does in a
-- message of its own. Whoever needs the tenant takes it from here, so that it is set before.
CREATE FUNCTION tenants.become(tenant uuid) RETURNS uuid LANGUAGE plpgsql VOLATILE AS
$$
BEGIN
    PERFORM set_config('evenhand.tenant_id', tenant::text, true);
    -- All statements of such a step find their rows by key: one plan for all values.
    PERFORM set_config('plan_cache_mode', 'force_generic_plan', true);
    RETURN tenant;
END
$$;
REVOKE ALL ON FUNCTION tenants.become(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenants.become(uuid) TO evenhand_app;
