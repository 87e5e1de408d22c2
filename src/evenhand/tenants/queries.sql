-- Statements of the tenants part.

-- name: insert_tenant
-- A new tenant, with the same share of annotators' work as everyone else.
INSERT INTO tenants.tenant (tenant_id, name, callback_auth_key, created_at)
VALUES (%(tenant_id)s, %(name)s, %(callback_auth_key)s, %(now)s);

-- name: find_tenant
-- A tenant's own row, without its sealed key.
SELECT tenant_id, name, weight, callback_url, created_at
  FROM tenants.tenant
 WHERE tenant_id = %(tenant_id)s;

-- name: set_weight
-- The tenant's share of annotators' work against others'.
UPDATE tenants.tenant
   SET weight = %(weight)s
 WHERE tenant_id = %(tenant_id)s;

-- name: find_callback_auth_key
-- The sealed key that callbacks carry.
SELECT callback_auth_key
  FROM tenants.tenant
 WHERE tenant_id = %(tenant_id)s;

-- name: tenant_ids
-- All tenants, by id alone: the function is the dispatcher's, who can read no name.
SELECT tenant_id
  FROM tenants.tenant_ids() AS everyone (tenant_id);

-- name: insert_key
-- A key, known by its hash.
INSERT INTO tenants.api_key (tenant_id, key_hash, is_test, hint, created_at)
VALUES (%(tenant_id)s, %(key_hash)s, %(is_test)s, %(hint)s, %(now)s);

-- name: find_key
-- A key that is still valid.
SELECT key_hash, is_test
  FROM tenants.api_key
 WHERE tenant_id = %(tenant_id)s
   AND key_hash = %(key_hash)s
   AND revoked_at IS NULL;

-- name: revoke_key
-- Takes the validity of every key with this ending: what is in doubt is revoked.
UPDATE tenants.api_key
   SET revoked_at = %(now)s
 WHERE tenant_id = %(tenant_id)s
   AND hint = %(hint)s
   AND revoked_at IS NULL;

-- name: find_canary
-- The sealed word that proves a server's secret.
SELECT sealed
  FROM tenants.canary;

-- name: insert_canary
-- The first server seals it; whoever comes at the same moment then proves its secret by it.
INSERT INTO tenants.canary (sealed)
VALUES (%(sealed)s)
    ON CONFLICT (only_row) DO NOTHING;

-- name: keep_door_key
-- Keep the key of the first server's proofs, and say whether it is this one.
SELECT tenants.keep_door_key(%(key)s) AS is_kept;

-- name: become
-- For the rest of this transaction, one tenant.
SELECT tenants.become(%(tenant_id)s, %(proof)s, false) AS me;

-- name: count_parties
-- By how many names a tenant is known.
SELECT count(*)::int
  FROM tenants.party
 WHERE tenant_id = %(tenant_id)s;

-- name: insert_party
-- A name and its blinded key.
INSERT INTO tenants.party (tenant_id, party_key, name, added_at)
VALUES (%(tenant_id)s, %(party_key)s, %(name)s, %(now)s)
    ON CONFLICT (tenant_id, party_key) DO NOTHING;

-- name: delete_party
-- A name that is no longer the tenant's.
DELETE FROM tenants.party
 WHERE tenant_id = %(tenant_id)s
   AND party_key = %(party_key)s;

-- name: party_names
-- The names of a tenant, the first one first.
SELECT name
  FROM tenants.party
 WHERE tenant_id = %(tenant_id)s
 ORDER BY added_at, name;

-- name: is_party
-- Whether a key is one of the tenant's own.
SELECT EXISTS (SELECT FROM tenants.party
                WHERE tenant_id = %(tenant_id)s AND party_key = %(party_key)s);

-- name: tenants_without_party
-- Tenants whose names are not blinded yet: ids only.
SELECT unnamed FROM tenants.tenants_without_party() AS unnamed;

-- name: name_of
-- How the operator calls a tenant.
SELECT name
  FROM tenants.tenant
 WHERE tenant_id = %(tenant_id)s;
