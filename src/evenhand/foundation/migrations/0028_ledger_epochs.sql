-- ledger: epochs of the public log, and how far each tenant's own log is committed to by them.

-- A tenant's log has a name that tells nobody whose it is, and a key from which the tenant finds
-- the log's slot in the map of an epoch.
CREATE TABLE ledger.log (
    tenant_id   uuid        PRIMARY KEY,
    name        text        NOT NULL CHECK (name ~ '^[0-9a-f]{32}$'),
    key         bytea       NOT NULL CHECK (octet_length(key) = 32)
);

-- Roots of full subtrees of 256, 65,536 and so on leaves, for proofs that do not hash a whole log.
CREATE TABLE ledger.subtree (
    tenant_id   uuid        NOT NULL,
    level       smallint    NOT NULL CHECK (level BETWEEN 1 AND 7),
    index       bigint      NOT NULL CHECK (index >= 0),
    root        bytea       NOT NULL CHECK (octet_length(root) = 32),
    PRIMARY KEY (tenant_id, level, index)
);
COMMENT ON COLUMN ledger.subtree.level IS 'Of 256^level leaves.';

CREATE TABLE ledger.anchor (
    tenant_id   uuid        NOT NULL,
    epoch       bigint      NOT NULL CHECK (epoch >= 0),
    size        bigint      NOT NULL CHECK (size >= 0),
    root        bytea       NOT NULL CHECK (octet_length(root) = 32),
    PRIMARY KEY (tenant_id, epoch)
);
COMMENT ON TABLE ledger.anchor IS
    'What the map of an epoch says of a tenant''s log, or is to say where it is not yet made.';
CREATE INDEX anchor_size ON ledger.anchor (tenant_id, size);

-- Which entries name a task, for its receipts. A column of its own, for a policy keeps an index of
-- an expression from being used.
ALTER TABLE ledger.entry
  ADD COLUMN task_id text
      GENERATED ALWAYS AS (substring(event FROM '"task_id":"([0-9a-f]{24})"')) STORED;
CREATE INDEX entry_of_task ON ledger.entry (tenant_id, task_id, entry_id) WHERE task_id IS NOT NULL;

-- Of no tenant from here on: what everybody may know, and blinded hashes.
CREATE TABLE ledger.public_log (
    is_the_one  boolean     PRIMARY KEY DEFAULT true CHECK (is_the_one),
    origin      text        NOT NULL,
    size        bigint      NOT NULL CHECK (size >= 0),
    root        bytea       NOT NULL,
    frontier    bytea[]     NOT NULL,
    maker       uuid,
    maker_until timestamptz
) WITH (fillfactor = 50);
COMMENT ON COLUMN ledger.public_log.maker IS
    'Which process makes epochs; another may once it has not done so for a while.';

CREATE TABLE ledger.epoch (
    epoch       bigint      PRIMARY KEY CHECK (epoch >= 0),
    leaf        bytea       NOT NULL CHECK (octet_length(leaf) = 96),
    record      text        NOT NULL,
    salt        bytea       NOT NULL CHECK (octet_length(salt) = 16),
    seed        bytea       NOT NULL CHECK (octet_length(seed) = 32),
    places      bytea       NOT NULL CHECK (octet_length(places) % 36 = 0)
);
COMMENT ON COLUMN ledger.epoch.places IS
    'What stands in the map: slot, 4 bytes, and leaf, 32 bytes, of each that does.';

ALTER TABLE ledger.log ENABLE ROW LEVEL SECURITY;
ALTER TABLE ledger.log FORCE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON ledger.log
    USING (tenant_id = nullif(current_setting('evenhand.tenant_id', true), '')::uuid);
ALTER TABLE ledger.subtree ENABLE ROW LEVEL SECURITY;
ALTER TABLE ledger.subtree FORCE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON ledger.subtree
    USING (tenant_id = nullif(current_setting('evenhand.tenant_id', true), '')::uuid);
ALTER TABLE ledger.anchor ENABLE ROW LEVEL SECURITY;
ALTER TABLE ledger.anchor FORCE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON ledger.anchor
    USING (tenant_id = nullif(current_setting('evenhand.tenant_id', true), '')::uuid);

-- What is anchored in an epoch that is made stands; the next epoch's may still grow.
GRANT SELECT, INSERT ON ledger.log, ledger.subtree TO evenhand_app;
GRANT SELECT, INSERT, UPDATE (size, root) ON ledger.anchor TO evenhand_app;
GRANT SELECT, INSERT, UPDATE (size, root, frontier, maker, maker_until) ON ledger.public_log
   TO evenhand_app;
GRANT SELECT, INSERT ON ledger.epoch TO evenhand_app;

GRANT SELECT (tenant_id, size) ON ledger.head TO evenhand_dispatcher;
CREATE POLICY dispatcher ON ledger.head FOR SELECT TO evenhand_dispatcher USING (true);
GRANT SELECT (tenant_id, epoch, size) ON ledger.anchor TO evenhand_dispatcher;
CREATE POLICY dispatcher ON ledger.anchor FOR SELECT TO evenhand_dispatcher USING (true);

-- Whoever takes over the making of epochs asks once: what was placed and no epoch made speaks of.
CREATE FUNCTION ledger.tenants_to_anchor(next bigint) RETURNS SETOF uuid
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS
$$
SELECT tenant_id
  FROM ledger.head AS head
 WHERE head.size > 0
   AND NOT EXISTS (SELECT FROM ledger.anchor AS anchor
                    WHERE anchor.tenant_id = head.tenant_id
                      AND anchor.size >= head.size
                      AND anchor.epoch < next)
$$;
REVOKE ALL ON FUNCTION ledger.tenants_to_anchor(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger.tenants_to_anchor(bigint) TO evenhand_app;
GRANT CREATE ON SCHEMA ledger TO evenhand_dispatcher;
ALTER FUNCTION ledger.tenants_to_anchor(bigint) OWNER TO evenhand_dispatcher;
REVOKE CREATE ON SCHEMA ledger FROM evenhand_dispatcher;
