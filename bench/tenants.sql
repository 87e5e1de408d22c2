-- Statements of the benchmark of many tenants, run as the superuser of a throwaway database.

-- name: make_tenants
-- Tenants with a project each.
WITH made AS (
    INSERT INTO tenants.tenant (tenant_id, name, callback_auth_key, created_at)
    SELECT gen_random_uuid(), 'tenant ' || n, '\x00', now()
      FROM generate_series(1, %(tenants)s) AS n
 RETURNING tenant_id)
INSERT INTO work.project (tenant_id, project_id, is_test, name, type, created_at)
SELECT tenant_id, gen_random_uuid(), false, 'bench', 'categorization', now()
  FROM made
RETURNING tenant_id;

-- name: fill
-- Tasks for some of the tenants, until each has so many open ones.
WITH made AS (
    INSERT INTO work.task (tenant_id, task_id, is_test, project_id, type, status, stage, params,
                           annotations_wanted, created_at, updated_at)
    SELECT place.tenant_id,
           lpad(to_hex(extract(epoch FROM place.now)::bigint), 8, '0')
           || left(md5(place.project_id::text || place.now || n), 16),
           false, place.project_id, 'categorization', 'pending', 'open',
           jsonb_build_object('attachment', 'No. ' || n || ' of ' || place.tenant_id || ' at '
                              || place.now || ', a text of some length: the call was clear.',
                              'attachment_type', 'text',
                              'categories', ARRAY['positive', 'negative']),
           1, place.now, place.now
      FROM (SELECT p.tenant_id, p.project_id, clock_timestamp() AS now,
                   (SELECT count(*) FROM work.assignment AS a
                     WHERE a.tenant_id = p.tenant_id AND a.state = 'open')::int AS open
              FROM work.project AS p
             WHERE p.tenant_id = ANY (%(tenant_ids)s)
            OFFSET 0) AS place
     CROSS JOIN LATERAL generate_series(place.open + 1, %(each)s) AS n
 RETURNING tenant_id, task_id, project_id, created_at)
INSERT INTO work.assignment (tenant_id, assignment_id, task_id, project_key, rank, position, state)
SELECT tenant_id, gen_random_uuid(), task_id, project_id, -10,
       round(date_part('epoch', created_at) * 1000000)::bigint, 'open'
  FROM made;

-- name: make_annotators
-- Annotators with tokens of which the hashes are given.
WITH made AS (
    INSERT INTO workforce.annotator (annotator_id, email, name, kind, reviewer, created_at)
    SELECT gen_random_uuid(), 'bench ' || n || '@bench.example', 'bench', 'person', false, now()
      FROM generate_series(1, cardinality(%(hashes)s::bytea[])) AS n
 RETURNING annotator_id, email)
INSERT INTO workforce.token (token_hash, annotator_id, purpose, created_at)
SELECT given.hash, made.annotator_id, 'api', now()
  FROM unnest(%(hashes)s::bytea[]) WITH ORDINALITY AS given (hash, n)
  JOIN made ON made.email = 'bench ' || given.n || '@bench.example';

-- name: unsettled
-- What background work still owes.
SELECT (SELECT count(*) FROM work.count_change) + (SELECT count(*) FROM work.assessment_due)
     + (SELECT count(*) FROM ledger.entry WHERE position IS NULL);

-- name: refresh_statistics
-- What autovacuum does within a minute of a large import.
VACUUM (ANALYZE);
