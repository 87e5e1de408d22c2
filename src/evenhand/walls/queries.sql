-- Statements of the walls part.

-- name: insert_declaration
-- A rival by name and by blinded key, unless it is declared already.
INSERT INTO walls.declaration (tenant_id, declaration_id, other_name, other_key, cooling_off_days,
                               declared_by, declared_at)
VALUES (%(tenant_id)s, %(declaration_id)s, %(other_name)s, %(other_key)s, %(cooling_off_days)s,
        %(declared_by)s, %(now)s)
    ON CONFLICT (tenant_id, other_key) WHERE withdrawn_at IS NULL DO NOTHING;

-- name: withdraw_declaration
-- The first withdrawal stays the one on record.
UPDATE walls.declaration
   SET withdrawn_at = %(now)s
 WHERE tenant_id = %(tenant_id)s
   AND declaration_id = %(declaration_id)s
   AND withdrawn_at IS NULL;

-- name: declarations
-- The rivals that a tenant has named and not taken back.
SELECT declaration_id, other_name AS other, cooling_off_days, declared_by, declared_at
  FROM walls.declaration
 WHERE tenant_id = %(tenant_id)s
   AND withdrawn_at IS NULL
 ORDER BY declared_at, declaration_id;

-- name: declaration_of_key
-- The rival of this key, if the tenant has named it.
SELECT declaration_id, other_name AS other, cooling_off_days, declared_by, declared_at
  FROM walls.declaration
 WHERE tenant_id = %(tenant_id)s
   AND other_key = %(other_key)s
   AND withdrawn_at IS NULL;

-- name: count_declarations
-- How many rivals a tenant has named.
SELECT count(*)::int
  FROM walls.declaration
 WHERE tenant_id = %(tenant_id)s
   AND withdrawn_at IS NULL;

-- name: expose
-- Something of the tenant is shown to a person on this day.
SELECT walls.expose(%(tenant_id)s, %(person_id)s, %(today)s);

-- name: exposure_of
-- When something of the tenant was shown to a person.
SELECT first_day, last_day
  FROM walls.exposure
 WHERE tenant_id = %(tenant_id)s
   AND person_id = %(person_id)s;

-- name: stands
-- Whether a wall stands between a person and the tenant.
SELECT walls.stands(%(person_id)s, %(tenant_id)s, %(today)s);

-- name: tenants_seen_by
-- Whose content a person was shown: ids only.
SELECT seen FROM walls.tenants_seen_by(%(person_id)s) AS seen;

-- name: rivals_of
-- Rivals of a tenant who are customers: ids and days only.
SELECT rival.rival_id, rival.cooling_off_days
  FROM walls.rivals_of(%(tenant_id)s) AS rival
 ORDER BY rival.rival_id;

-- name: exposed_to_both
-- How many people saw something of both within the cooling-off.
SELECT walls.exposed_to_both(%(tenant_id)s, %(rival_id)s, %(days)s, %(today)s);

-- name: insert_stake
-- What is declared stays; the latest holds. Of no tenant.
INSERT INTO walls.stake (owner, owned, percent, declared_at)
VALUES (%(owner)s, %(owned)s, %(percent)s, %(now)s);

-- name: stakes
-- The latest of each two parties, where there is one. Of no tenant.
SELECT latest.owner, latest.owned, latest.percent, latest.declared_at
  FROM (SELECT DISTINCT ON (owner, owned) owner, owned, percent, declared_at
          FROM walls.stake
         ORDER BY owner, owned, declared_at DESC) AS latest
 WHERE latest.percent > 0
 ORDER BY latest.percent DESC, latest.owner, latest.owned;

-- name: insert_staff
-- A person of the operator, unless somebody has the name.
INSERT INTO walls.staff (staff_id, name, added_at)
VALUES (%(staff_id)s, %(name)s, %(now)s)
    ON CONFLICT (name) WHERE removed_at IS NULL DO NOTHING;

-- name: remove_staff
-- Somebody who leaves the staff.
UPDATE walls.staff
   SET removed_at = %(now)s
 WHERE name = %(name)s
   AND removed_at IS NULL;

-- name: staff
-- Who is on the staff.
SELECT staff_id, name
  FROM walls.staff
 WHERE removed_at IS NULL
 ORDER BY name;

-- name: lock_staff
-- One thing at a time is shown to somebody.
SELECT staff_id
  FROM walls.staff
 WHERE staff_id = %(staff_id)s
   FOR UPDATE;

-- name: insert_grant
-- Access that is asked for.
INSERT INTO walls.support_grant (tenant_id, grant_id, requested_by, reason, hours, requested_at)
VALUES (%(tenant_id)s, %(grant_id)s, %(requested_by)s, %(reason)s, %(hours)s, %(now)s);

-- name: approve_grant
-- Access that begins: once, and by somebody else.
UPDATE walls.support_grant
   SET approved_by = %(by)s, ends_at = %(ends_at)s
 WHERE tenant_id = %(tenant_id)s
   AND grant_id = %(grant_id)s
   AND approved_by IS NULL;

-- name: end_grant
-- Access that ends before its time.
UPDATE walls.support_grant
   SET ends_at = %(now)s
 WHERE tenant_id = %(tenant_id)s
   AND grant_id = %(grant_id)s
   AND ends_at > %(now)s;

-- name: grant
-- One access.
SELECT grant_id, requested_by, reason, hours, requested_at, approved_by, ends_at
  FROM walls.support_grant
 WHERE tenant_id = %(tenant_id)s
   AND grant_id = %(grant_id)s;

-- name: grants
-- All access that was asked for.
SELECT grant_id, requested_by, reason, hours, requested_at, approved_by, ends_at
  FROM walls.support_grant
 WHERE tenant_id = %(tenant_id)s
 ORDER BY requested_at DESC, grant_id;
