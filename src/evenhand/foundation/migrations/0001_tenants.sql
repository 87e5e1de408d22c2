-- tenants: who the customers are and the keys by which they speak.

CREATE SCHEMA tenants;
GRANT USAGE ON SCHEMA tenants TO evenhand_app, evenhand_dispatcher;

CREATE TABLE tenants.tenant (
    tenant_id          uuid        PRIMARY KEY,
    name               text        NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    weight             real        NOT NULL DEFAULT 1 CHECK (weight > 0),
    callback_url       text,
    callback_auth_key  bytea       NOT NULL,
    created_at         timestamptz NOT NULL
);
COMMENT ON COLUMN tenants.tenant.weight IS
    'Published share of annotators'' work; equal unless the contract says otherwise.';
COMMENT ON COLUMN tenants.tenant.callback_auth_key IS
    'Sealed with the server''s secret, since callbacks must carry it.';

CREATE TABLE tenants.api_key (
    tenant_id   uuid        NOT NULL REFERENCES tenants.tenant,
    key_hash    bytea       NOT NULL,
    is_test     boolean     NOT NULL,
    hint        text        NOT NULL,
    created_at  timestamptz NOT NULL,
    revoked_at  timestamptz,
    PRIMARY KEY (tenant_id, key_hash)
);

ALTER TABLE tenants.tenant ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenants.tenant FORCE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON tenants.tenant
    USING (tenant_id = nullif(current_setting('evenhand.tenant_id', true), '')::uuid);

ALTER TABLE tenants.api_key ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenants.api_key FORCE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON tenants.api_key
    USING (tenant_id = nullif(current_setting('evenhand.tenant_id', true), '')::uuid);

GRANT SELECT, INSERT, UPDATE ON tenants.tenant, tenants.api_key TO evenhand_app;

-- The dispatcher sees that a tenant exists and what share it has, never its name.
GRANT SELECT (tenant_id, weight) ON tenants.tenant TO evenhand_dispatcher;
CREATE POLICY dispatcher ON tenants.tenant FOR SELECT TO evenhand_dispatcher USING (true);

CREATE FUNCTION tenants.tenant_ids() RETURNS SETOF uuid
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS
$$ SELECT tenant_id FROM tenants.tenant $$;
REVOKE ALL ON FUNCTION tenants.tenant_ids() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenants.tenant_ids() TO evenhand_app;
GRANT CREATE ON SCHEMA tenants TO evenhand_dispatcher;
ALTER FUNCTION tenants.tenant_ids() OWNER TO evenhand_dispatcher;
REVOKE CREATE ON SCHEMA tenants FROM evenhand_dispatcher;
