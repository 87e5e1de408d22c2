-- Whose projects may be due to be fitted: tenants who only wait are not asked one by one, each in a
-- transaction of its own. The dispatcher learns that and nothing else of what a project knows.

ALTER TABLE work.experience
    ADD COLUMN may_be_fitted boolean NOT NULL
        GENERATED ALWAYS AS (fit_for <> '{}' OR tasks > fitted_tasks) STORED;
COMMENT ON COLUMN work.experience.may_be_fitted IS
    'Has learned since all was last fitted, or some answer is judged otherwise by now.';

CREATE FUNCTION work.tenants_to_fit() RETURNS SETOF uuid
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS
$$
SELECT t.tenant_id FROM tenants.tenant AS t
 WHERE EXISTS (SELECT FROM work.experience AS known
                WHERE known.tenant_id = t.tenant_id AND known.may_be_fitted)
$$;

GRANT SELECT (tenant_id, may_be_fitted) ON work.experience TO evenhand_dispatcher;
CREATE POLICY dispatcher ON work.experience FOR SELECT TO evenhand_dispatcher USING (true);

GRANT CREATE ON SCHEMA work TO evenhand_dispatcher;
ALTER FUNCTION work.tenants_to_fit() OWNER TO evenhand_dispatcher;
REVOKE CREATE ON SCHEMA work FROM evenhand_dispatcher;
REVOKE ALL ON FUNCTION work.tenants_to_fit() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION work.tenants_to_fit() TO evenhand_app;
