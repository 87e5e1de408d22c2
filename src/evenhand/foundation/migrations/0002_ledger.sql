-- ledger: what happened, as salted commitments in the order that the sequencer gave them.

CREATE SCHEMA ledger;
GRANT USAGE ON SCHEMA ledger TO evenhand_app, evenhand_dispatcher;

CREATE TABLE ledger.entry (
    tenant_id   uuid        NOT NULL,
    entry_id    uuid        NOT NULL,
    at          timestamptz NOT NULL,
    event       text        NOT NULL CHECK (octet_length(event) <= 60000),
    salt        bytea       NOT NULL CHECK (octet_length(salt) = 16),
    position    bigint      CHECK (position >= 0),
    PRIMARY KEY (tenant_id, entry_id)
);
COMMENT ON COLUMN ledger.entry.entry_id IS
    'Grows with the time of entering, so that the order of a transaction''s entries is kept.';
COMMENT ON COLUMN ledger.entry.event IS
    'Canonical JSON: {"kind": …, "at": …, …ids}; never content.';
COMMENT ON COLUMN ledger.entry.position IS
    'Place in the tenant''s log; empty until the sequencer has come by.';

CREATE UNIQUE INDEX entry_position ON ledger.entry (tenant_id, position) WHERE position IS NOT NULL;
CREATE INDEX entry_pending ON ledger.entry (tenant_id, entry_id) WHERE position IS NULL;

CREATE TABLE ledger.head (
    tenant_id   uuid        PRIMARY KEY,
    size        bigint      NOT NULL CHECK (size >= 0),
    root        bytea       NOT NULL,
    frontier    bytea[]     NOT NULL,
    updated_at  timestamptz NOT NULL
);
COMMENT ON COLUMN ledger.head.frontier IS
    'Roots of the full subtrees, largest first: all that is needed to go on.';

ALTER TABLE ledger.entry ENABLE ROW LEVEL SECURITY;
ALTER TABLE ledger.entry FORCE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON ledger.entry
    USING (tenant_id = nullif(current_setting('evenhand.tenant_id', true), '')::uuid);

ALTER TABLE ledger.head ENABLE ROW LEVEL SECURITY;
ALTER TABLE ledger.head FORCE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON ledger.head
    USING (tenant_id = nullif(current_setting('evenhand.tenant_id', true), '')::uuid);

-- An entry can be added and given its place; what it says cannot be changed or taken away.
GRANT SELECT, INSERT, UPDATE (position) ON ledger.entry TO evenhand_app;
GRANT SELECT, INSERT, UPDATE ON ledger.head TO evenhand_app;

GRANT SELECT (tenant_id, position) ON ledger.entry TO evenhand_dispatcher;
CREATE POLICY dispatcher ON ledger.entry FOR SELECT TO evenhand_dispatcher USING (true);

CREATE FUNCTION ledger.tenants_pending() RETURNS SETOF uuid
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS
$$
SELECT tenant_id
  FROM tenants.tenant AS t
 WHERE EXISTS (SELECT FROM ledger.entry AS e
                WHERE e.tenant_id = t.tenant_id AND e.position IS NULL)
$$;
REVOKE ALL ON FUNCTION ledger.tenants_pending() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger.tenants_pending() TO evenhand_app;
GRANT CREATE ON SCHEMA ledger TO evenhand_dispatcher;
ALTER FUNCTION ledger.tenants_pending() OWNER TO evenhand_dispatcher;
REVOKE CREATE ON SCHEMA ledger FROM evenhand_dispatcher;
