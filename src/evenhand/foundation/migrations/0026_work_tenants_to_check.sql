-- In whose projects something was settled lately: tenants who only wait are not asked one by one,
-- each in a transaction of its own.
CREATE FUNCTION work.tenants_to_check(moment timestamptz) RETURNS SETOF uuid
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS
$$
SELECT t.tenant_id
  FROM tenants.tenant AS t
 WHERE EXISTS (SELECT FROM work.verdict AS v
                WHERE v.tenant_id = t.tenant_id AND v.settled_at >= moment)
$$;

GRANT SELECT (tenant_id, settled_at) ON work.verdict TO evenhand_dispatcher;
CREATE POLICY dispatcher ON work.verdict FOR SELECT TO evenhand_dispatcher USING (true);
GRANT CREATE ON SCHEMA work TO evenhand_dispatcher;
ALTER FUNCTION work.tenants_to_check(timestamptz) OWNER TO evenhand_dispatcher;
REVOKE CREATE ON SCHEMA work FROM evenhand_dispatcher;
REVOKE ALL ON FUNCTION work.tenants_to_check(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION work.tenants_to_check(timestamptz) TO evenhand_app;
