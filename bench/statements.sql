-- What statements that look for other tenants' rows are written from.

-- name: drop_checks
-- Values are made by type alone, so what else a value must be is not asked.
DO $$
DECLARE it record;
BEGIN
    FOR it IN SELECT conrelid::regclass AS name, conname
                FROM pg_constraint
               WHERE contype = 'c'
                 AND connamespace::regnamespace::text !~ '^(pg_|information_schema|public)'
                 AND conrelid <> 0
                 AND EXISTS (SELECT FROM pg_class WHERE oid = conrelid AND relkind IN ('r', 'p'))
    LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', it.name, it.conname);
    END LOOP;
END
$$;

-- name: columns
-- Every column of our tables, and whether the dispatcher may tell it of any tenant.
SELECT format('%I.%I', nspname, relname), attname, format_type(atttypid, NULL),
       attgenerated <> '',
       has_column_privilege('evenhand_dispatcher', pg_class.oid, attnum, 'SELECT')
  FROM pg_attribute
  JOIN pg_class ON pg_class.oid = attrelid
  JOIN pg_namespace ON pg_namespace.oid = relnamespace
 WHERE relkind = 'r'
   AND attnum > 0
   AND NOT attisdropped
   AND nspname !~ '^(pg_|information_schema|public)'
 ORDER BY 1, attnum;

-- name: functions
-- Every function of ours with the types that it takes; what opens another tenant's transaction is
-- another matter.
SELECT oid::regproc::text, ARRAY(SELECT format_type(taken, NULL)
                                   FROM unnest(proargtypes) AS taken)
  FROM pg_proc
 WHERE pronamespace::regnamespace::text !~ '^(pg_|information_schema|public)'
   AND prorettype <> 'trigger'::regtype
   AND proname <> 'become'
 ORDER BY 1, 2;

-- name: catalogues
-- Every table and view of PostgreSQL's own.
SELECT pg_class.oid::regclass::text
  FROM pg_class
 WHERE relkind IN ('r', 'v')
   AND relnamespace::regnamespace::text IN ('pg_catalog', 'information_schema')
 ORDER BY 1;
