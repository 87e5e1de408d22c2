-- The rules of the firewall. Each statement looks for one kind of hole in the catalogue and
-- returns a sentence for every one it finds: what is wrong, and how to mend it.
--
-- `lists` stands in front of every rule: it says what belongs to no tenant, what the dispatcher
-- may see, and which objects the rules are about: all that neither PostgreSQL (below 16384), nor
-- an extension, nor a library brought.

-- name: lists
-- A table joins `shared` when it holds nothing of any tenant, and `walled` when it holds what is
-- shown to people; a column joins `seen` when it tells counts, times and lots, and no content.
WITH shared (name) AS (VALUES
     ('workforce.annotator'), ('workforce.token'), ('tenants.canary'),
     ('ledger.public_log'), ('ledger.epoch'), ('ledger.statement'),
     ('walls.stake'), ('walls.staff'), ('tenants.door')
), libraries (name) AS (VALUES
     ('public.procrastinate_jobs'), ('public.procrastinate_events'),
     ('public.procrastinate_periodic_defers'), ('public.procrastinate_workers'),
     ('public._yoyo_migration'), ('public._yoyo_log'), ('public._yoyo_version'),
     ('public.yoyo_lock')
), seen (name, columns) AS (VALUES
     ('tenants.tenant', ARRAY['tenant_id', 'weight']),
     ('tenants.party', ARRAY['tenant_id', 'party_key']),
     ('walls.declaration', ARRAY['tenant_id', 'other_key', 'cooling_off_days', 'withdrawn_at']),
     ('walls.exposure', ARRAY['tenant_id', 'person_id', 'last_day']),
     ('ledger.entry', ARRAY['tenant_id', 'entry_id', 'position']),
     ('ledger.head', ARRAY['tenant_id', 'size']),
     ('ledger.anchor', ARRAY['tenant_id', 'epoch', 'size']),
     ('work.assignment', ARRAY['tenant_id', 'assignment_id', 'task_id', 'review', 'state', 'rank',
                               'position', 'annotator_id', 'leased_at', 'expires_at', 'ahead']),
     ('work.queue', ARRAY['tenant_id', 'tag', 'served', 'waiting', 'has_open', 'has_reviews',
                          'tie', 'handle']),
     ('work.queue_opened', ARRAY['tenant_id']),
     ('work.assessment_due', ARRAY['tenant_id', 'due_at']),
     ('work.gold', ARRAY['tenant_id', 'purpose', 'retired_at']),
     ('work.score_due', ARRAY['tenant_id']),
     ('work.learning_due', ARRAY['tenant_id']),
     ('work.verdict', ARRAY['tenant_id', 'settled_at']),
     ('work.experience', ARRAY['tenant_id', 'may_be_fitted']),
     ('work.standing', ARRAY['tenant_id', 'annotator_id', 'paused_at', 'judge_at']),
     ('work.task_file', ARRAY['tenant_id', 'file_id', 'due_at']),
     ('work.skill', ARRAY['tenant_id', 'annotator_id']),
     ('work.count_change', ARRAY['tenant_id', 'due_at']),
     ('delivery.callback', ARRAY['tenant_id', 'state', 'due_at'])
), walled (name) AS (VALUES
     ('datasets.file'), ('work.task'), ('work.task_file'), ('work.annotation'), ('work.draft'),
     ('work.gold'), ('work.verdict'), ('work.contest'), ('work.project_params')
), relation AS (
     SELECT class.*, format('%I.%I', namespace.nspname, class.relname) AS name, namespace.nspname
       FROM pg_class AS class
       JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
      WHERE (namespace.nspname !~ '^pg_' AND namespace.nspname <> 'information_schema'
             OR namespace.nspname !~ '^pg_(toast|temp)' AND class.oid >= 16384)
        AND NOT EXISTS (SELECT FROM pg_depend
                         WHERE classid = 'pg_class'::regclass AND objid = class.oid
                           AND deptype = 'e')
), stored AS (
     SELECT * FROM relation
      WHERE relkind IN ('r', 'p', 'f') AND name NOT IN (SELECT name FROM libraries)
), ours AS (
     SELECT stored.*, tenant.attnum AS tenant_column
       FROM stored
       LEFT JOIN pg_attribute AS tenant
              ON tenant.attrelid = stored.oid AND tenant.attname = 'tenant_id'
             AND NOT tenant.attisdropped
      WHERE name NOT IN (SELECT name FROM shared)
), named AS (
     -- Where a transaction keeps in whose name it is.
     SELECT CASE WHEN is_closed THEN 'backtrace_functions' ELSE 'evenhand.tenant_id' END AS setting
       FROM tenants.door
), routine AS (
     SELECT proc.*, proc.oid::regprocedure::text AS name
       FROM pg_proc AS proc
       JOIN pg_namespace AS namespace ON namespace.oid = proc.pronamespace
      WHERE (namespace.nspname !~ '^pg_' AND namespace.nspname <> 'information_schema'
             OR namespace.nspname !~ '^pg_temp' AND proc.oid >= 16384)
        AND NOT EXISTS (SELECT FROM pg_depend
                         WHERE classid = 'pg_proc'::regclass AND objid = proc.oid
                           AND deptype = 'e')
)

-- name: login
-- Policies bind the application's role; whoever else the server logs in as may be above them.
SELECT format('The server is logged in as %s and not as evenhand_app, whom row security binds: '
              'give it that login.', login)
  FROM unnest(ARRAY[current_user, session_user]) AS login
 WHERE login <> 'evenhand_app'
 GROUP BY login

-- name: roles
-- The roles are there, and none has a power that row security does not bind.
SELECT format('The role %1$s is missing: run evenhand migrate.', expected)
  FROM unnest(ARRAY['evenhand_app', 'evenhand_owner', 'evenhand_dispatcher',
                    'evenhand_doorkeeper']) AS expected
 WHERE to_regrole(expected) IS NULL
 UNION ALL
SELECT format('The role %1$s has %2$s, with which it passes the firewall: '
              'ALTER ROLE %1$s NO%2$s.', rolname, power)
  FROM pg_roles
 CROSS JOIN LATERAL (VALUES
       ('SUPERUSER', rolsuper), ('BYPASSRLS', rolbypassrls), ('CREATEROLE', rolcreaterole),
       ('CREATEDB', rolcreatedb), ('REPLICATION', rolreplication)) AS has (power, held)
 WHERE rolname IN ('evenhand_app', 'evenhand_owner', 'evenhand_dispatcher', 'evenhand_doorkeeper')
   AND held
 UNION ALL
SELECT format('The role %1$s can log in, and would see more than a tenant does: '
              'ALTER ROLE %1$s NOLOGIN.', rolname)
  FROM pg_roles
 WHERE rolname IN ('evenhand_owner', 'evenhand_dispatcher', 'evenhand_doorkeeper') AND rolcanlogin

-- name: memberships
-- A member can become what it is a member of.
SELECT format('%1$s is a member of %2$s and can act as it: REVOKE %2$s FROM %1$s.',
              member::regrole, roleid::regrole)
  FROM pg_auth_members
 WHERE member IN (to_regrole('evenhand_app'), to_regrole('evenhand_dispatcher'),
                  to_regrole('evenhand_doorkeeper'))

-- name: statistics
-- The planner's statistics hold values of all tenants, and pg_authid holds passwords.
SELECT format('evenhand_app can read %1$s, which holds what others own: '
              'REVOKE ALL ON %1$s FROM evenhand_app, PUBLIC.', kept)
  FROM unnest(ARRAY['pg_statistic', 'pg_statistic_ext_data', 'pg_authid']) AS kept
 WHERE has_table_privilege(to_regrole('evenhand_app'), 'pg_catalog.' || kept, 'SELECT')

-- name: settings
-- A tenant that is set beforehand would be that of every connection without one.
SELECT DISTINCT
       format('%s is set for %s in %s, so that connections without a tenant have one: '
              'ALTER ROLE … RESET, or ALTER DATABASE … RESET.', split_part(entry, '=', 1),
              CASE setrole WHEN 0 THEN 'all roles' ELSE setrole::regrole::text END,
              coalesce(datname, 'all databases'))
  FROM pg_db_role_setting
  LEFT JOIN pg_database ON pg_database.oid = setdatabase
 CROSS JOIN unnest(setconfig) AS entry
 WHERE entry LIKE 'evenhand.%' OR entry LIKE 'backtrace_functions=%'
 UNION ALL
SELECT format('This connection has the tenant %s before it has asked for one: '
              'look for %s in the server''s configuration.', already, setting)
  FROM unnest(ARRAY['evenhand.tenant_id', 'backtrace_functions']) AS setting
 CROSS JOIN LATERAL nullif(current_setting(setting, true), '') AS already
 WHERE already IS NOT NULL

-- name: door
-- Whose rows a transaction sees is for the doorkeeper's function to set, and for nobody else.
SELECT format('%1$s may read %2$s of tenants.door, by which it could prove to be any tenant: '
              'REVOKE SELECT ON tenants.door FROM %1$s.', reader, attname)
  FROM unnest(ARRAY['evenhand_app', 'evenhand_dispatcher']) AS reader
  JOIN pg_attribute ON attrelid = to_regclass('tenants.door') AND attnum > 0
 WHERE attname <> 'is_closed'
   AND has_column_privilege(to_regrole(reader), attrelid, attnum, 'SELECT, UPDATE, INSERT')
 UNION ALL
SELECT 'evenhand_doorkeeper may not set backtrace_functions, so that no transaction has a tenant: '
       'run evenhand migrate as a superuser.'
 WHERE (SELECT is_closed FROM tenants.door)
   AND NOT has_parameter_privilege(to_regrole('evenhand_doorkeeper'), 'backtrace_functions', 'SET')
 UNION ALL
SELECT format('evenhand_doorkeeper can read %1$s, and should know nothing but a key: '
              'REVOKE ALL ON %1$s FROM evenhand_doorkeeper.', relation.name)
  FROM relation
  JOIN pg_attribute ON attrelid = relation.oid AND attnum > 0 AND NOT attisdropped
 WHERE relkind IN ('r', 'p', 'f', 'v', 'm') AND relation.name <> 'tenants.door'
   AND has_column_privilege(to_regrole('evenhand_doorkeeper'), relation.oid, attnum,
                            'SELECT, INSERT, UPDATE')
 GROUP BY relation.name

-- name: owned_by_application
-- An owner can take the wall down.
SELECT format('evenhand_app owns the %s, and an owner can take its policies away: '
              'change its owner to evenhand_owner.', pg_describe_object(classid, objid, objsubid))
  FROM pg_shdepend
 WHERE refclassid = 'pg_authid'::regclass
   AND refobjid = to_regrole('evenhand_app')
   AND deptype = 'o'
   AND dbid IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
   -- A temporary table is its session's own.
   AND NOT EXISTS (SELECT FROM pg_class
                    WHERE classid = 'pg_class'::regclass AND oid = objid
                      AND relpersistence = 't')

-- name: foreign_owners
-- What the owner role does not own, someone unknown can change.
SELECT format('%1$s belongs to %2$s: ALTER TABLE %1$s OWNER TO evenhand_owner.',
              name, relowner::regrole)
  FROM stored
 WHERE relowner IS DISTINCT FROM to_regrole('evenhand_owner')
 UNION ALL
SELECT format('evenhand_dispatcher owns %1$s, and should own functions alone: '
              'ALTER TABLE %1$s OWNER TO evenhand_owner.', name)
  FROM relation
 WHERE relowner = to_regrole('evenhand_dispatcher')

-- name: tenantless_tables
-- A row belongs to a tenant, or its table is named among the shared ones.
SELECT format('The table %s has no column "tenant_id uuid NOT NULL": add it, first in every '
              'key, or name the table among the shared ones of the firewall.', name)
  FROM ours
 WHERE NOT EXISTS (SELECT FROM pg_attribute
                    WHERE attrelid = ours.oid AND attnum = ours.tenant_column
                      AND atttypid = 'uuid'::regtype AND attnotnull)
 UNION ALL
SELECT format('The table %s is named as belonging to no tenant, and yet has a tenant_id: '
              'take it off the list of shared tables.', name)
  FROM stored
 WHERE name IN (SELECT name FROM shared)
   AND EXISTS (SELECT FROM pg_attribute
                WHERE attrelid = stored.oid AND attname = 'tenant_id' AND NOT attisdropped)

-- name: foreign_tables
-- Row security does not reach into another server.
SELECT format('%s is a foreign table, which no policy protects: drop it.', name)
  FROM stored
 WHERE relkind = 'f'

-- name: row_security
-- Without FORCE the owner passes; without ENABLE everybody does.
SELECT format('Row security is off for %1$s: ALTER TABLE %1$s ENABLE ROW LEVEL SECURITY.', name)
  FROM ours
 WHERE NOT relrowsecurity
 UNION ALL
SELECT format('Row security does not bind the owner of %1$s: '
              'ALTER TABLE %1$s FORCE ROW LEVEL SECURITY.', name)
  FROM ours
 WHERE NOT relforcerowsecurity

-- name: policies
-- One policy, word for word, for all roles and commands; permissive ones would add to each other.
SELECT format('The table %1$s lacks the policy one_tenant: CREATE POLICY one_tenant ON %1$s '
              'USING (tenant_id = nullif(current_setting(%2$L, true), '''')::uuid).',
              name, (SELECT setting FROM named))
  FROM ours
 WHERE NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = ours.oid AND polname = 'one_tenant')
 UNION ALL
SELECT format('The table %1$s lacks the policy one_wall, so that people are shown of it what walls '
              'keep from them: see the migration 0036_walls for it.', name)
  FROM ours
 WHERE name IN (SELECT name FROM walled)
   AND NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = ours.oid AND polname = 'one_wall')
 UNION ALL
SELECT format('The policy %1$s on %2$s says something else than the firewall: '
              'DROP POLICY %1$s ON %2$s.', quote_ident(polname), stored.name)
  FROM pg_policy
  JOIN stored ON stored.oid = polrelid
  LEFT JOIN seen ON seen.name = stored.name
 CROSS JOIN LATERAL (SELECT pg_get_expr(polqual, polrelid) AS admits,
                            pg_get_expr(polwithcheck, polrelid) AS takes) AS rule
 WHERE NOT (polname = 'one_tenant' AND polpermissive AND polcmd = '*' AND polroles = '{0}'
            AND admits = format('(tenant_id = (NULLIF(current_setting(%L::text, true), '
                                '''''::text))::uuid)', (SELECT setting FROM named))
            AND (takes IS NULL OR takes = admits))
   AND NOT (polname = 'dispatcher' AND polpermissive AND polcmd = 'r' AND admits = 'true'
            AND polroles = ARRAY[to_regrole('evenhand_dispatcher')::oid]
            AND seen.name IS NOT NULL)
   AND NOT (polname = 'one_wall' AND NOT polpermissive AND polcmd = 'r' AND polroles = '{0}'
            AND takes IS NULL AND stored.name IN (SELECT name FROM walled)
            AND trim(regexp_replace(admits, '\s+', ' ', 'g'))
              = format(
                'CASE WHEN (COALESCE(current_setting(''evenhand.person_id''::text, true), '
                '''''::text) = ''''::text) THEN true ELSE (NOT walls.stands((current_setting('
                '''evenhand.person_id''::text))::uuid, (NULLIF(current_setting('
                '%L::text, true), ''''::text))::uuid, '
                'COALESCE((NULLIF(current_setting(''evenhand.today''::text, true), '
                '''''::text))::date, CURRENT_DATE))) END', (SELECT setting FROM named)))

-- name: leases
-- The wall is also held where an assignment becomes somebody's, whatever lends it.
SELECT format('The trigger %1$s on work.assignment is missing, off, or says something else: see '
              'the migration 0033_walls for it.', expected.name)
  FROM (VALUES
       ('one_wall_lent_new',
        'CREATE TRIGGER one_wall_lent_new BEFORE INSERT ON work.assignment FOR EACH ROW '
        'WHEN ((new.state = ''leased''::text)) EXECUTE FUNCTION work.hold_the_wall()'),
       ('one_wall_lent',
        'CREATE TRIGGER one_wall_lent BEFORE UPDATE ON work.assignment FOR EACH ROW WHEN '
        '(((new.state = ''leased''::text) AND ((old.state <> ''leased''::text) OR '
        '(old.annotator_id <> new.annotator_id) OR (old.expires_at < new.expires_at)))) '
        'EXECUTE FUNCTION work.hold_the_wall()'))
       AS expected (name, definition)
 WHERE NOT EXISTS (SELECT FROM pg_trigger
                    WHERE tgrelid = to_regclass('work.assignment')
                      AND tgname = expected.name
                      AND tgenabled = 'O'
                      AND pg_get_triggerdef(oid) = expected.definition)

-- name: keys
-- "Already exists" would tell one tenant that the other's row is there.
SELECT format('The unique key %s of %s does not begin with tenant_id, so that two tenants '
              'collide in it and learn of each other: put tenant_id first.',
              indexrelid::regclass, name)
  FROM pg_index
  JOIN ours ON ours.oid = indrelid
 WHERE (indisunique OR indisexclusion)
   AND indkey[0] IS DISTINCT FROM tenant_column

-- name: references
-- The check of a reference sees past row security, so the tenant must be part of it.
SELECT format('The foreign key %s of %s does not contain tenant_id on both sides, so that a row '
              'can point at a rival''s: REFERENCES %s (tenant_id, …).',
              quote_ident(conname), here.name, there.name)
  FROM pg_constraint
  JOIN ours AS here ON here.oid = conrelid
  JOIN ours AS there ON there.oid = confrelid
 WHERE contype = 'f'
   AND NOT EXISTS (SELECT FROM unnest(conkey, confkey) AS pair (ours, theirs)
                    WHERE pair.ours = here.tenant_column AND pair.theirs = there.tenant_column)
 UNION ALL
SELECT format('The table %s belongs to no tenant, and its foreign key %s points at a tenant''s '
              'row: drop it.', here.name, quote_ident(conname))
  FROM pg_constraint
  JOIN stored AS here ON here.oid = conrelid
  JOIN ours AS there ON there.oid = confrelid
 WHERE contype = 'f'
   AND here.name IN (SELECT name FROM shared)

-- name: views
-- A view sees with the eyes of its owner, and a materialised one keeps what it saw.
SELECT format('The view %1$s reads as its owner: ALTER VIEW %1$s SET (security_invoker = true).',
              name)
  FROM relation
 WHERE relkind = 'v'
   AND NOT EXISTS (SELECT FROM pg_options_to_table(reloptions)
                    WHERE option_name = 'security_invoker'
                      AND lower(option_value) IN ('true', 'on', '1', 'yes'))
 UNION ALL
SELECT format('%1$s is a materialised view, which no policy protects: '
              'DROP MATERIALIZED VIEW %1$s.', name)
  FROM relation
 WHERE relkind = 'm'
 UNION ALL
SELECT format('The rule %1$s on %2$s runs as the owner of the table: DROP RULE %1$s ON %2$s.',
              quote_ident(rulename), name)
  FROM pg_rewrite
  JOIN stored ON stored.oid = ev_class

-- name: functions
-- A SECURITY DEFINER function sees with the eyes of its owner: only the dispatcher's few may, and
-- the doorkeeper's two.
SELECT format('The function %1$s runs as %2$s: ALTER FUNCTION %1$s SECURITY INVOKER, or give it '
              'to evenhand_dispatcher, who sees no content.', name, proowner::regrole)
  FROM routine
 WHERE prosecdef
   AND proowner IS DISTINCT FROM to_regrole('evenhand_dispatcher')
   AND NOT (proowner = to_regrole('evenhand_doorkeeper')
            AND name IN ('tenants.become(uuid,bytea,boolean)', 'tenants.keep_door_key(bytea)'))
 UNION ALL
SELECT format('The function %1$s looks names up along its caller''s path: '
              'ALTER FUNCTION %1$s SET search_path = pg_catalog.', name)
  FROM routine
 WHERE prosecdef
   AND NOT coalesce(proconfig && ARRAY['search_path=pg_catalog',
                                       'search_path=pg_catalog, pg_temp'], false)

-- name: dispatcher_columns
-- The dispatcher decides whose turn it is, so it must not be able to know who anybody is.
SELECT format('evenhand_dispatcher can read %1$s.%2$s, which is not on the list of what it may '
              'see: REVOKE SELECT (%2$s) ON %1$s FROM evenhand_dispatcher.',
              relation.name, quote_ident(attname))
  FROM relation
  JOIN pg_attribute ON attrelid = relation.oid AND attnum > 0 AND NOT attisdropped
  LEFT JOIN seen ON seen.name = relation.name
 WHERE relkind IN ('r', 'p', 'f', 'v', 'm')
   AND has_column_privilege(to_regrole('evenhand_dispatcher'), relation.oid, attnum, 'SELECT')
   AND NOT coalesce(attname = ANY (seen.columns), false)
 UNION ALL
SELECT format('evenhand_dispatcher may %1$s %2$s, and should only read: '
              'REVOKE %1$s ON %2$s FROM evenhand_dispatcher.', privilege, name)
  FROM relation
 CROSS JOIN unnest(ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER'])
         AS privilege
 WHERE relkind IN ('r', 'p', 'f', 'v', 'm')
   AND has_table_privilege(to_regrole('evenhand_dispatcher'), relation.oid, privilege)

-- name: sequences
-- A counter that tenants share tells each what the others do.
SELECT format('The sequence %s counts for all tenants, and its gaps tell one of the others: '
              'use random ids.', name)
  FROM relation
 WHERE relkind = 'S'
   AND nspname <> 'public'

-- name: partitions
-- A partition that is asked directly does not ask its parent's policy.
SELECT format('The partition %1$s can be read directly: REVOKE ALL ON %1$s FROM %2$s.',
              name, grantee::regrole)
  FROM stored
 CROSS JOIN LATERAL aclexplode(relacl)
 WHERE relispartition
   AND grantee IS DISTINCT FROM to_regrole('evenhand_owner')

-- name: application_privileges
-- TRUNCATE, REFERENCES and TRIGGER look at no policy; who can create, can own.
SELECT format('evenhand_app may %1$s %2$s, which no policy limits: '
              'REVOKE %1$s ON %2$s FROM evenhand_app.', privilege, name)
  FROM relation
 CROSS JOIN unnest(ARRAY['TRUNCATE', 'REFERENCES', 'TRIGGER']) AS privilege
 WHERE relkind IN ('r', 'p', 'f', 'v', 'm')
   AND (has_table_privilege(to_regrole('evenhand_app'), relation.oid, privilege)
        OR privilege = 'REFERENCES'  -- for which one column is enough
       AND has_any_column_privilege(to_regrole('evenhand_app'), relation.oid, privilege))
 UNION ALL
SELECT format('evenhand_app can create objects in the schema %1$s, and would own them: '
              'REVOKE CREATE ON SCHEMA %1$s FROM evenhand_app.', quote_ident(nspname))
  FROM pg_namespace
 WHERE nspname !~ '^pg_(toast|temp)'
   AND has_schema_privilege(to_regrole('evenhand_app'), oid, 'CREATE')
 UNION ALL
SELECT format('evenhand_app can create schemas, and would own them: '
              'REVOKE CREATE ON DATABASE %I FROM evenhand_app.', current_database())
 WHERE has_database_privilege(to_regrole('evenhand_app'), current_database(), 'CREATE')

-- name: strangers
-- Besides the four roles nobody has a privilege, and above all not everybody.
SELECT DISTINCT
       format('%1$s has %2$s on %3$s: REVOKE %2$s ON %3$s FROM %1$s.',
              CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END,
              privilege_type, thing)
  FROM (SELECT name AS thing, relacl AS acl FROM relation
         UNION ALL
        SELECT format('%s (%I)', name, attname), attacl
          FROM relation JOIN pg_attribute ON attrelid = relation.oid
         UNION ALL
        SELECT format('SCHEMA %I', nspname), nspacl
          FROM pg_namespace
         WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
         UNION ALL
        SELECT 'FUNCTION ' || name, coalesce(proacl, acldefault('f', proowner))
          FROM routine WHERE prosecdef) AS granted
 CROSS JOIN LATERAL aclexplode(acl)
 WHERE grantee NOT IN (SELECT oid FROM pg_roles
                        WHERE rolname IN ('evenhand_app', 'evenhand_owner', 'evenhand_dispatcher',
                                          'evenhand_doorkeeper'))
   -- The schema `public` is the database owner's.
   AND NOT (thing = 'SCHEMA public' AND grantee = to_regrole('pg_database_owner'))

-- name: default_privileges
-- What is granted beforehand on tables that are yet to be made, nobody looks at when they are.
SELECT format('Objects that %1$s makes are open to %2$s from the start: ALTER DEFAULT PRIVILEGES '
              'FOR ROLE %1$s REVOKE ALL ON … FROM %2$s.', defaclrole::regrole,
              CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END)
  FROM pg_default_acl
 CROSS JOIN LATERAL aclexplode(defaclacl)
 WHERE grantee <> defaclrole
   AND grantee IS DISTINCT FROM to_regrole('evenhand_owner')

-- name: large_objects
-- No policy looks at a large object.
SELECT format('The large object %1$s can be read by %2$s, and no policy protects it: '
              'REVOKE ALL ON LARGE OBJECT %1$s FROM %2$s.', pg_largeobject_metadata.oid,
              CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END)
  FROM pg_largeobject_metadata
 CROSS JOIN LATERAL aclexplode(lomacl)
 WHERE grantee IN (0, to_regrole('evenhand_app'), to_regrole('evenhand_dispatcher'))

-- name: leakproof
-- What is said to leak nothing is run before the policy, on rows that it would have kept back.
SELECT format('The function %1$s is said to leak nothing and sees rows before their policy does: '
              'ALTER FUNCTION %1$s NOT LEAKPROOF.', oid::regprocedure)
  FROM pg_proc
 WHERE proleakproof AND oid >= 16384

-- name: parameters
-- With a setting that is otherwise a superuser's, triggers do not fire, or what is asked is kept.
SELECT format('%1$s may set %2$s: REVOKE ALL ON PARAMETER %2$s FROM %1$s.',
              CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END, parname)
  FROM pg_parameter_acl
 CROSS JOIN LATERAL aclexplode(paracl)
 WHERE grantee IN (0, to_regrole('evenhand_app'), to_regrole('evenhand_owner'),
                   to_regrole('evenhand_dispatcher'), to_regrole('evenhand_doorkeeper'))
   AND NOT (grantee = to_regrole('evenhand_doorkeeper') AND parname = 'backtrace_functions'
            AND privilege_type = 'SET' AND NOT is_grantable)

-- name: foreign_servers
-- A way to another server, or back to this one as somebody else.
SELECT format('evenhand_app may use the foreign server %1$I: '
              'REVOKE USAGE ON FOREIGN SERVER %1$I FROM evenhand_app, PUBLIC.', srvname)
  FROM pg_foreign_server
 WHERE has_server_privilege(to_regrole('evenhand_app'), oid, 'USAGE')

-- name: operators
-- Policies compare and cast; what is made by hand can stand in the place of it.
SELECT format('The %s was made by hand, and can change what a policy says: drop it.',
              pg_describe_object(made.class, made.oid, 0))
  FROM (SELECT 'pg_operator'::regclass AS class, oid FROM pg_operator
         WHERE oprnamespace::regnamespace::text !~ '^pg_temp'
         UNION ALL
        SELECT 'pg_cast'::regclass, oid FROM pg_cast
         UNION ALL
        SELECT 'pg_opclass'::regclass, oid FROM pg_opclass) AS made
 WHERE made.oid >= 16384
   AND NOT EXISTS (SELECT FROM pg_depend
                    WHERE classid = made.class AND objid = made.oid AND deptype = 'e')
